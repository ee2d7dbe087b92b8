from __future__ import annotations

import gzip
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.io.streams.conftest import LOCAL, a_setup
from xlearning.errors import XLearningError
from xlearning.io.streams.collect import CUT_OFF, collect
from xlearning.io.streams.orders import Collect, Ended

if TYPE_CHECKING:
    from pathlib import Path


def collected(
    folder: Path, data: bytes, name: str = "multitext", log: int = 0
) -> Ended:
    """Return what came of a stream that ends."""
    order = Collect(a_setup(name), f"file://{folder}/out", str(folder / "log"), log)
    out, into = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), os.fdopen(into, "wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return collect(order, LOCAL, out, lambda _: None)
    finally:
        os.close(out)
        writer.join()


def test_all_that_comes_is_written(tmp_path: Path) -> None:
    data = b"".join(b"%d\n" % number for number in range(300_000))
    assert collected(tmp_path, data) == Ended(len(data), 300_000, 1)
    [file] = (tmp_path / "out").iterdir()
    assert gzip.decompress(file.read_bytes()) == data
    assert not (tmp_path / "log").exists()


def test_nothing_is_an_output_too(tmp_path: Path) -> None:
    assert collected(tmp_path, b"").records == 0
    assert (tmp_path / "out").is_dir()


def test_what_an_earlier_process_left_is_gone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    collected(tmp_path, b"1\n")
    assert not (tmp_path / "out" / "old").exists()


@pytest.mark.parametrize(
    ("limit", "log"),
    [(100, b"12\n34\n"), (6, b"12\n34\n" + CUT_OFF), (4, b"12\n3\n" + CUT_OFF)],
)
def test_the_log_has_the_beginning(tmp_path: Path, limit: int, log: bytes) -> None:
    collected(tmp_path, b"12\n34\n", log=limit)
    assert (tmp_path / "log").read_bytes() == log


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(XLearningError, match="/file/out` could not be written: "):
        collected(tmp_path / "file", b"1\n" * 100_000)
