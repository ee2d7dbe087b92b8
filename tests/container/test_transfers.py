"""Moving a task's data on the local file system."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.container.stories import a_job, an_assignment
from tests.io.conftest import Place
from tests.io.test_saves import Maker
from xlearning.container.assignment import InputFile, Output, Upload
from xlearning.container.transfers import Transfers, read_am_file
from xlearning.container.watch import Moved
from xlearning.errors import XLearningError
from xlearning.io.local_storage import LocalStorage
from xlearning.io.waits import Waits
from xlearning.job.spec import (
    DataOptions,
    InputStrategy,
    OutputSpec,
    RestoreSpec,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.container.assignment import Assignment


@pytest.fixture
def transfers(tmp_path: Path) -> Transfers:
    """Transfers of a container."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Transfers(folder, Moved(), Waits())


def with_input(source: Path, *, rename: bool = False) -> Assignment:
    """Return a task that gets one file."""
    source.write_bytes(b"12345")
    job = a_job(data=DataOptions(rename_input=rename))
    file = InputFile("data", f"file://{source}", 5, "x/part-0")
    return dataclasses.replace(
        an_assignment(job=job), inputs=(file,), aliases=("data", "empty")
    )


def test_a_share_is_fetched_and_counted(transfers: Transfers, tmp_path: Path) -> None:
    transfers.fetch(with_input(tmp_path / "part-0"))
    assert (transfers.folder / "data" / "x" / "part-0").read_bytes() == b"12345"
    assert (transfers.folder / "empty").is_dir()
    assert transfers.moved == Moved(5, 5)


def test_what_is_there_already_is_not_fetched(
    transfers: Transfers, tmp_path: Path
) -> None:
    there = transfers.folder / "data" / "x" / "part-0"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"54321")
    transfers.fetch(with_input(tmp_path / "part-0"))
    assert there.read_bytes() == b"54321"
    assert transfers.moved == Moved(0, 0)


def test_fetched_files_are_renamed_where_that_is_wanted(
    transfers: Transfers, tmp_path: Path
) -> None:
    transfers.fetch(with_input(tmp_path / "part-0", rename=True))
    [file] = (transfers.folder / "data").iterdir()
    time_ms, _, number = file.name.partition("_")
    assert time_ms.isdecimal()
    assert number == "0"


def test_nothing_is_fetched_for_a_program_that_reads_by_itself(
    transfers: Transfers, tmp_path: Path
) -> None:
    fetched = with_input(tmp_path / "part-0")
    job = a_job(data=DataOptions(strategy=InputStrategy.PLACEHOLDER))
    transfers.fetch(dataclasses.replace(fetched, job=job))
    assert list(transfers.folder.iterdir()) == []


def test_a_save_is_put_back_before_the_program_starts(tmp_path: Path) -> None:
    maker = Maker(Place(LocalStorage(), str(tmp_path)))
    maker.make(0, {"ckpt/1": "w"})
    told: list[str] = []
    transfers = Transfers(tmp_path / "work", Moved(), Waits(), told.append)
    job = a_job(restore=(RestoreSpec("./model/", maker.url(0)),))
    transfers.fetch(an_assignment(job=job))
    restored = transfers.folder / "model" / "ckpt" / "1"
    assert restored.read_bytes() == b"w"
    assert told == [str(restored)]
    assert transfers.moved == Moved(1, 1)


@pytest.mark.parametrize("wanted", [True, False])
def test_output_directories_are_made_where_that_is_wanted(
    transfers: Transfers, wanted: bool
) -> None:
    job = a_job(
        outputs=(OutputSpec("file:///out", "./model/x"),),
        data=DataOptions(create_output_dirs=wanted),
    )
    transfers.fetch(an_assignment(job=job))
    assert (transfers.folder / "model" / "x").is_dir() == wanted


def test_a_transfer_that_was_stopped_ends(transfers: Transfers, tmp_path: Path) -> None:
    transfers.stop.set()
    with pytest.raises(XLearningError, match="stopped"):
        transfers.fetch(with_input(tmp_path / "part-0"))


def test_all_outputs_are_uploaded_and_counted(
    transfers: Transfers, tmp_path: Path
) -> None:
    outputs = tuple(
        Output(f"file://{tmp_path}/{name}", name, f"file://{tmp_path}/{name}/_t/w-0-0")
        for name in ("model", "log", "missing")
    )
    for name in ("model", "log"):
        (transfers.folder / name).mkdir()
        (transfers.folder / name / "file").write_text(name)
    uploads = transfers.save(an_assignment(outputs=outputs))
    assert uploads == (
        Upload(outputs[0].url, 1, 5),
        Upload(outputs[1].url, 1, 3),
        Upload(outputs[2].url, 0, 0),
    )
    assert (tmp_path / "model" / "_t" / "w-0-0" / "file").read_text() == "model"
    assert transfers.moved == Moved(8, 8)


def test_an_output_outside_the_container_is_refused(transfers: Transfers) -> None:
    output = Output("file:///out", "../secret", "file:///out/_t/w-0-0")
    with pytest.raises(XLearningError, match="not below the working directory"):
        transfers.save(an_assignment(outputs=(output,)))


def test_the_am_file_is_read(tmp_path: Path) -> None:
    url = f"file://{tmp_path}"
    assert read_am_file(url, {}, None) is None
    (tmp_path / "am.json").write_text("{}")
    assert read_am_file(url, {}, None) == b"{}"
