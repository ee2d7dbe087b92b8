"""Copying a folder that somebody writes into: consistent, incremental, marked."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from xlearning.io.local_storage import LocalStorage
from xlearning.io.manifest import Identity
from xlearning.io.save import COPIES, QUIET_S, SaveOptions, is_quiet, save_folder
from xlearning.io.transfer import Retrying, TransferFailed, TransferStopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.io.conftest import Place
    from xlearning.io.save import SavedFolder
    from xlearning.io.storage import Progress

AT_ONCE = Retrying(retries=1, first_pause_s=0)
LONG_AGO_NS = 10**18


def write(path: Path, data: bytes, mtime_ns: int = LONG_AGO_NS) -> Identity:
    """Write a file that has been quiet for a long time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return Identity(len(data), mtime_ns)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """What a trainer has written so far."""
    folder = tmp_path / "model"
    write(folder / "ckpt" / "1.bin", b"first")
    write(folder / "ckpt" / "ü #%20", b"")
    write(folder / "state", b"step 1")
    (folder / "state").chmod(0o640)
    (folder / "empty").mkdir()
    return folder


def paths(saved: SavedFolder) -> list[str]:
    return [file.path for file in saved.files.files]


def taken(saved: SavedFolder) -> list[str]:
    return [file.path for file in saved.files.files if file.taken]


def test_a_folder_is_copied_whole(place: Place, model: Path) -> None:
    place.fill({"save/c1/rest": b"of an earlier try"})
    saved = save_folder(model, place.url("save"), "c1", place.lookup)
    assert paths(saved) == ["ckpt/1.bin", "ckpt/ü #%20", "state"]
    assert set(saved.files.folders) == {"ckpt", "empty"}
    assert (saved.bytes, saved.copied_bytes, saved.left_out) == (11, 11, ())
    [state] = [file for file in saved.files.files if file.path == "state"]
    assert (state.size, state.mtime_ns, state.mode) == (6, LONG_AGO_NS, 0o640)
    files = [s for s in place.storage.walk(place.at("save/c1")) if not s.is_dir]
    assert [file.path.removeprefix(place.at("save/c1/")) for file in files] == (
        paths(saved)
    )
    assert place.storage.read(place.at("save/c1/ckpt/1.bin")) == b"first"


def test_no_folder_is_an_empty_one(local_place: Place, tmp_path: Path) -> None:
    saved = save_folder(
        tmp_path / "none", local_place.url("save"), "c1", local_place.lookup
    )
    assert saved.files.files == ()


# ---- while somebody writes


class Meddling(LocalStorage):
    """Does something while a file is being copied."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        self.meddle = meddle
        self.copies = 0

    def put(
        self,
        local: Path,
        path: str,
        *,
        mode: int | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.copies += 1
        self.meddle()
        super().put(local, path, mode=mode, overwrite=overwrite, progress=progress)


def test_a_file_that_changes_all_the_time_is_left_out(
    local_place: Place, model: Path
) -> None:
    ticks = iter(range(100))
    storage = Meddling(
        lambda: write(model / "state", b"x", LONG_AGO_NS + next(ticks)) and None
    )
    (model / "ckpt" / "1.bin").unlink()
    (model / "ckpt" / "ü #%20").unlink()
    options = SaveOptions(first_pause_s=0.001)
    saved = save_folder(model, local_place.url("s"), "c1", lambda _: storage, options)
    assert (paths(saved), saved.left_out) == ([], ("state",))
    assert storage.copies == COPIES


def test_one_that_changes_once_is_copied_again(local_place: Place, model: Path) -> None:
    ticks = iter([True])

    def meddle() -> None:
        if next(ticks, False):
            write(model / "state", b"step 2", LONG_AGO_NS + 1)

    saved = save_folder(model, local_place.url("s"), "c1", lambda _: Meddling(meddle))
    assert saved.left_out == ()
    assert local_place.storage.read(local_place.at("s/c1/state")) == b"step 2"


def test_a_file_that_is_replaced_is_whole_all_the_same(
    local_place: Place, model: Path
) -> None:
    def meddle() -> None:
        write(model / "new", b"step 2", LONG_AGO_NS + 1)
        (model / "new").rename(model / "state")

    options = SaveOptions(threads=1)
    saved = save_folder(
        model, local_place.url("s"), "c1", lambda _: Meddling(meddle), options
    )
    [state] = [file for file in saved.files.files if file.path == "state"]
    content = local_place.storage.read(local_place.at("s/c1/state"))
    assert saved.left_out == ()
    assert (content == b"step 1") == (state.mtime_ns == LONG_AGO_NS)


def test_a_file_that_was_just_written_waits_a_moment(
    local_place: Place, model: Path
) -> None:
    write(model / "state", b"step 2", time.time_ns())
    began = time.monotonic()
    saved = save_folder(model, local_place.url("s"), "c1", local_place.lookup)
    assert "state" in paths(saved)
    assert time.monotonic() - began >= QUIET_S


def test_one_that_is_replaced_all_the_time_is_whole_and_in_it(
    local_place: Place, tmp_path: Path
) -> None:
    model, over = tmp_path / "model", threading.Event()

    def train() -> None:
        for step in range(10**6):
            (model / "new").write_bytes(b"%d" % step * 1000)
            (model / "new").rename(model / "state")
            if over.wait(0.01):
                return

    model.mkdir()
    trainer = threading.Thread(target=train)
    trainer.start()
    while not (model / "state").exists():
        pass
    saved = save_folder(model, local_place.url("s"), "c1", local_place.lookup)
    over.set()
    trainer.join()
    assert "state" in paths(saved)
    content = local_place.storage.read(local_place.at("s/c1/state"))
    assert len(content) in (1000, 2000, 3000)
    assert content == content[: len(content) // 1000] * 1000


def test_a_file_that_is_deleted_meanwhile_is_not_missed(
    local_place: Place, model: Path
) -> None:
    def meddle() -> None:
        (model / "ckpt" / "1.bin").unlink(missing_ok=True)

    options = SaveOptions(threads=1)  # `state`, above it, is the first
    saved = save_folder(
        model, local_place.url("s"), "c1", lambda _: Meddling(meddle), options
    )
    assert (len(paths(saved)), saved.left_out) == (2, ())


@pytest.mark.parametrize(
    ("mtime_ns", "quiet"),
    [(0, True), (8 * 10**8, True), (10**9 - 1, False), (10**9 + 1, True)],
)
def test_what_is_quiet(mtime_ns: int, quiet: bool) -> None:
    assert is_quiet(Identity(1, mtime_ns), 10**9) is quiet


def test_pipes_sockets_broken_links_and_loops_are_no_files(
    local_place: Place, model: Path
) -> None:
    os.mkfifo(model / "pipe")
    (model / "broken").symlink_to("nowhere")
    (model / "loop").symlink_to(".")
    (model / "twin").symlink_to("ckpt")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(model / "socket"))
        saved = save_folder(model, local_place.url("s"), "c1", local_place.lookup)
    assert paths(saved) == [
        "ckpt/1.bin",
        "ckpt/ü #%20",
        "state",
        "twin/1.bin",
        "twin/ü #%20",
    ]


# ---- marks


def test_a_program_that_marks_has_only_marked_files_saved(
    local_place: Place, model: Path
) -> None:
    written_again = write(model / "ckpt" / "2.bin", b"half")
    marks = {
        "ckpt/1.bin": Identity(5, LONG_AGO_NS),
        "ckpt/2.bin": Identity(written_again.size + 1, LONG_AGO_NS),
        "gone": Identity(5, LONG_AGO_NS),
    }
    options = SaveOptions(marks=lambda: marks, first_pause_s=0.001)
    saved = save_folder(model, local_place.url("s"), "c1", local_place.lookup, options)
    assert (paths(saved), saved.left_out) == (["ckpt/1.bin"], ("ckpt/2.bin",))


def test_a_file_that_is_marked_again_meanwhile_is_saved(
    local_place: Place, model: Path
) -> None:
    looks = iter([Identity(1, 1), Identity(1, 1)])
    now = Identity(6, LONG_AGO_NS)
    options = SaveOptions(marks=lambda: {"state": next(looks, now)})
    saved = save_folder(model, local_place.url("s"), "c1", local_place.lookup, options)
    assert paths(saved) == ["state"]


# ---- incremental


def again(place: Place, model: Path, before: SavedFolder) -> SavedFolder:
    known = {file.path: file for file in before.files.files}
    options = SaveOptions(known=known, digests=True)
    return save_folder(model, place.url("s2"), "c1", place.lookup, options)


def test_only_changes_are_copied(local_place: Place, model: Path) -> None:
    options = SaveOptions(digests=True)
    before = save_folder(
        model, local_place.url("s1"), "c1", local_place.lookup, options
    )
    assert before.files.files[0].digest == hashlib.sha256(b"first").hexdigest()
    os.utime(model / "ckpt" / "1.bin")  # touched, not changed
    os.utime(model / "ckpt" / "1.bin", ns=(LONG_AGO_NS + 5, LONG_AGO_NS + 5))
    write(model / "state", b"step 2", LONG_AGO_NS + 5)
    write(model / "ckpt" / "2.bin", b"second")
    saved = again(local_place, model, before)
    assert taken(saved) == ["ckpt/1.bin", "ckpt/ü #%20"]
    assert paths(saved) == ["ckpt/1.bin", "ckpt/2.bin", "ckpt/ü #%20", "state"]
    assert saved.copied_bytes == 12
    copied = list(local_place.storage.walk(local_place.at("s2")))
    assert {s.name for s in copied if not s.is_dir} == {"2.bin", "state"}
    assert taken(again(local_place, model, saved)) == paths(saved)


def test_without_digests_nothing_is_taken_over(local_place: Place, model: Path) -> None:
    before = save_folder(model, local_place.url("s1"), "c1", local_place.lookup)
    known = {file.path: file for file in before.files.files}
    saved = save_folder(
        model,
        local_place.url("s2"),
        "c1",
        local_place.lookup,
        SaveOptions(known=known),
    )
    assert taken(saved) == []


# ---- what goes wrong


def test_a_file_that_cannot_be_written_is_named(
    local_place: Place, model: Path
) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(
        TransferFailed, match=r"`.*` could not be saved to .*: No space"
    ):
        save_folder(
            model,
            local_place.url("s"),
            "c1",
            lambda _: Meddling(refuse),
            SaveOptions(threads=1, retrying=AT_ONCE),
        )


def test_a_file_that_may_not_be_read_is_named(local_place: Place, model: Path) -> None:
    (model / "state").unlink()
    (model / "state").symlink_to("state")  # errno ELOOP, for root too
    with pytest.raises(TransferFailed, match=r"`.*/state` could not be read"):
        save_folder(model, local_place.url("s"), "c1", local_place.lookup)


def test_a_name_that_is_no_utf_8_is_told(local_place: Place, model: Path) -> None:
    write(model / os.fsdecode(b"\xff"), b"x")

    class Strict(LocalStorage):
        def put(self, local: Path, path: str, **options: object) -> None:
            path.encode()

    with pytest.raises(TransferFailed, match="is not UTF-8"):
        save_folder(model, local_place.url("s"), "c1", lambda _: Strict())


def test_it_is_stopped_from_outside(local_place: Place, model: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(TransferStopped):
        save_folder(
            model,
            local_place.url("s"),
            "c1",
            local_place.lookup,
            SaveOptions(stop=stop),
        )
