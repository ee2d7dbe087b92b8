"""Which save a job begins with, and what is refused before it is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.client.test_stream_planning import plan
from tests.io.conftest import Place
from tests.io.test_saves import DIRECTORY, NAMES, Maker
from xlearning.client.restoring import with_save
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.io.saves import complete
from xlearning.job.spec import RestoreSpec

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.client.plan import SubmissionPlan


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """Makes saves of one worker with one output, `out`."""
    return Maker(Place(LocalStorage(), str(tmp_path)))


def planned(
    maker: Maker, restore: str, words: str = "--worker-num 1"
) -> SubmissionPlan:
    return plan(f"--output {maker.place.url('out')}#out --restore {restore} {words}")


def restored(maker: Maker, given: SubmissionPlan) -> tuple[str, str]:
    """Return the URL of the save, and what the user is told."""
    told: list[str] = []
    found = with_save(given, maker.place.lookup, told.append)
    [source] = found.job.restore
    assert source.local == "out"
    return source.url, " ".join(told)


def test_the_newest_complete_save_is_the_last(maker: Maker) -> None:
    maker.make(0, {"a": "1"})
    maker.make(3, {"a": "1"})
    maker.write(5, {"a": "1"})
    url, told = restored(maker, planned(maker, "last"))
    assert url == maker.url(3)
    assert told.startswith(f"Restoring {url} (")
    assert "application_" not in told


def test_a_save_is_named_by_its_path(maker: Maker) -> None:
    maker.make(0, {"a": "1"})
    maker.make(1, {"a": "1"})
    url, _ = restored(maker, planned(maker, maker.url(0)))
    assert url == maker.url(0)


def test_nothing_is_restored_where_nobody_wants_it(maker: Maker) -> None:
    given = plan(f"--output {maker.place.url('out')}#out")
    assert with_save(given, maker.place.lookup, print) is given


def test_tasks_that_had_ended_are_named(maker: Maker) -> None:
    manifest, temporary = maker.write(0, {"a": "1"})
    manifest = msgspec.structs.replace(manifest, counts={"worker": 8})
    complete(maker.place.lookup, manifest, temporary)
    _, told = restored(maker, planned(maker, "last", "--worker-num 8"))
    assert told.endswith(
        "without files at their start: worker 1, worker 2, worker 3, worker 4, "
        "worker 5 …"
    )


@pytest.mark.parametrize(
    ("restore", "words", "message"),
    [
        ("last", "", "`--restore last`: `file://.*/out` has no save"),
        ("file:///nowhere", "", "`file:///nowhere` is no save"),
    ],
)
def test_what_is_not_there_is_refused(
    maker: Maker, restore: str, words: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        with_save(planned(maker, restore, words), maker.place.lookup, print)


def test_a_save_of_another_shape_is_refused(maker: Maker) -> None:
    maker.make(0, {"a": "1"})
    with pytest.raises(ConfigError, match="of 1 worker tasks, and the job has 2"):
        with_save(planned(maker, "last", "--worker-num 2"), maker.place.lookup, print)


def test_half_a_save_is_refused(tmp_path: Path) -> None:
    maker = Maker(Place(LocalStorage(), str(tmp_path)), ("out", "logs"))
    maker.make(0, {"a": "1"})
    maker.place.storage.delete(maker.url(0, "logs"), recursive=True)
    with pytest.raises(ConfigError, match="is not complete"):
        with_save(planned(maker, maker.url(0)), maker.place.lookup, print)
    with pytest.raises(ConfigError, match="has no save"):
        with_save(planned(maker, "last"), maker.place.lookup, print)


def test_both_outputs_are_restored(tmp_path: Path) -> None:
    maker = Maker(Place(LocalStorage(), str(tmp_path)), ("out", "logs"))
    maker.make(0, {"a": "1"})
    words = f"--worker-num 1 --output {maker.place.url('logs')}#logs"
    given = planned(maker, "last", words)
    found = with_save(given, maker.place.lookup, lambda _: None)
    assert found.job.restore == (
        RestoreSpec("out", f"{maker.place.url('out')}{DIRECTORY}{NAMES[0]}"),
        RestoreSpec("logs", f"{maker.place.url('logs')}{DIRECTORY}{NAMES[0]}"),
    )


def test_a_file_system_that_refuses_is_named(maker: Maker) -> None:
    class Closed(LocalStorage):
        def read(self, path: str) -> bytes:
            raise PermissionError(13, "Permission denied", path)

    maker.make(0, {"a": "1"})
    with pytest.raises(ConfigError, match=r"cannot be looked at: .*Permission denied"):
        with_save(planned(maker, "last"), lambda _: Closed(), print)
