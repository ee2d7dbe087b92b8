"""Putting outputs into place, on the local disk and on HDFS."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.commit import commit, discard, give_up
from xlearning.io.local_storage import LocalStorage
from xlearning.io.output import CommitPlan, Rename
from xlearning.io.replacement import Replacement
from xlearning.io.transfer import Retrying, TransferFailed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.conftest import Place

TRIES = {
    "out/_temporary/worker-0-0/file": b"lost",
    "out/_temporary/worker-0-1/file": b"zero",
    "out/_temporary/worker-1-0/deep/file": b"one",
}


def plan(place: Place) -> CommitPlan:
    """Return what makes the output complete."""
    return CommitPlan(
        (place.url("out"),),
        (
            Rename(place.url("out/_temporary/worker-0-1"), place.url("out/c_2")),
            Rename(place.url("out/_temporary/worker-1-0"), place.url("out/a/b")),
        ),
    )


def tree(place: Place) -> list[str]:
    """Return all files."""
    return [
        status.path.removeprefix(f"{place.folder}/")
        for status in place.storage.walk(place.folder)
        if not status.is_dir
    ]


COMPLETE = ["out/_SUCCESS", "out/a/b/deep/file", "out/c_2/file"]


def test_what_counts_gets_into_place(place: Place) -> None:
    place.fill(TRIES)
    commit(place.lookup, plan(place))
    assert tree(place) == COMPLETE
    assert place.storage.stat(place.at("out/_temporary")) is None
    assert place.storage.read(place.at("out/c_2/file")) == b"zero"


def test_a_commit_can_be_repeated(place: Place) -> None:
    place.fill(TRIES)
    place.storage.rename(
        place.at("out/_temporary/worker-0-1"), place.at("out/c_2")
    )  # as an ApplicationMaster that died after its first rename
    for _ in range(2):
        commit(place.lookup, plan(place))
        assert tree(place) == COMPLETE


def test_nothing_is_overwritten(place: Place) -> None:
    place.fill({**TRIES, "out/c_2/other": b"precious"})
    with pytest.raises(TransferFailed, match="there already") as failed:
        commit(place.lookup, plan(place))
    assert place.url("out/c_2") in failed.value.message
    assert place.storage.read(place.at("out/c_2/other")) == b"precious"
    assert "out/_SUCCESS" not in tree(place)
    assert "out/_temporary/worker-0-1/file" in tree(place)


def test_an_upload_that_is_gone_is_an_error(place: Place) -> None:
    place.storage.write(place.at("out/x"), b"")
    with pytest.raises(TransferFailed, match="is gone"):
        commit(place.lookup, plan(place))


def test_an_output_without_uploads_is_complete_too(place: Place) -> None:
    commit(place.lookup, CommitPlan((place.url("out"), place.url("out2"))))
    assert tree(place) == ["out/_SUCCESS", "out2/_SUCCESS"]


def test_discarding_leaves_no_trace(place: Place) -> None:
    place.fill(TRIES)
    for _ in range(2):
        discard(place.lookup, place.url("out"))
        assert place.storage.list(place.folder) == ()


def test_discarding_keeps_what_is_not_ours(place: Place) -> None:
    place.fill({**TRIES, "out/interResult_1/file": b"saved"})
    discard(place.lookup, place.url("out"))
    assert tree(place) == ["out/interResult_1/file"]


class Forgetful(LocalStorage):
    """Does every second change, but loses the reply."""

    def __init__(self) -> None:
        """Start counting."""
        self._count = count()

    def rename(self, source: str, target: str) -> None:
        """Rename, then perhaps say that it did not work."""
        super().rename(source, target)
        self._lose()

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete, then perhaps say that it did not work."""
        found = super().delete(path, recursive)
        self._lose()
        return found

    def _lose(self) -> None:
        if next(self._count) % 2 == 0:
            raise ConnectionLost("the reply was lost")


def test_lost_replies_are_no_harm(local_place: Place, tmp_path: Path) -> None:
    local_place.fill(TRIES)
    forgetful = Forgetful()
    retrying = Retrying(retries=3, first_pause_s=0)
    commit(lambda _: forgetful, plan(local_place), retrying)
    assert tree(local_place) == COMPLETE


@pytest.mark.parametrize("name", ["out", "out/_temporary"])
def test_a_refusal_is_not_swallowed(local_place: Place, name: str) -> None:
    class Refusing(LocalStorage):
        """Refuses to delete one path."""

        def delete(self, path: str, recursive: bool = False) -> bool:
            """Refuse."""
            if path == local_place.url(name):
                raise PermissionError(13, "Permission denied", path)
            return super().delete(path, recursive)

    local_place.fill(TRIES)
    with pytest.raises(PermissionError):
        discard(lambda _: Refusing(), local_place.url("out"))


def replacing(place: Place) -> CommitPlan:
    """Return what puts a new output into the place of an older one."""
    new, old = place.url(".out.new.a1"), place.url(".out.old.a1")
    upload = Rename(f"{new}/_temporary/worker-0-0", f"{new}/model")
    return CommitPlan((new,), (upload,), (Replacement(place.url("out"), new, old),))


OLDER = {"out/model/file": b"older", "out/_SUCCESS": b""}
NEWER = {".out.new.a1/_temporary/worker-0-0/file": b"newer"}
REPLACED = ["out/_SUCCESS", "out/model/file"]


class Dies(LocalStorage):
    """A disk whose user dies at the n-th change."""

    def __init__(self, changes: int) -> None:
        self.left = changes

    def _change(self) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1

    def rename(self, source: str, target: str) -> None:
        self._change()
        super().rename(source, target)

    def delete(self, path: str, recursive: bool = False) -> bool:
        self._change()
        return super().delete(path, recursive)

    def write(
        self, path: str, data: bytes, mode: int = 0o644, overwrite: bool = False
    ) -> None:
        self._change()
        super().write(path, data, mode, overwrite)


def test_an_output_takes_the_place_of_an_older_one(place: Place) -> None:
    place.fill(OLDER | NEWER)
    commit(place.lookup, replacing(place))
    assert tree(place) == REPLACED
    assert place.storage.read(place.at("out/model/file")) == b"newer"


def test_saves_pass_from_the_old_version_to_the_new_one(place: Place) -> None:
    save = "interResult_2026_11_24_10_30_00"
    place.fill(OLDER | NEWER | {f"out/{save}/c/file": b"saved"})
    commit(place.lookup, replacing(place))
    assert tree(place) == ["out/_SUCCESS", f"out/{save}/c/file", "out/model/file"]


def test_where_there_was_none_it_is_as_any_other(place: Place) -> None:
    place.fill(NEWER)
    commit(place.lookup, replacing(place))
    assert tree(place) == REPLACED


@pytest.mark.parametrize("changes", range(7))
def test_whoever_dies_leaves_a_whole_output_and_the_next_one_finishes(
    local_place: Place, changes: int
) -> None:
    place, disk = local_place, Dies(changes)
    place.fill(OLDER | NEWER)
    if changes < 6:
        with pytest.raises(KeyboardInterrupt):
            commit(lambda _: disk, replacing(place))
    else:
        commit(lambda _: disk, replacing(place))
    whole = [place.at(name) for name in ("out", ".out.old.a1", ".out.new.a1")]
    assert any(place.storage.stat(f"{each}/_SUCCESS") for each in whole)
    commit(place.lookup, replacing(place))
    assert tree(place) == REPLACED
    assert place.storage.read(place.at("out/model/file")) == b"newer"
    commit(place.lookup, replacing(place))
    assert tree(place) == REPLACED


@pytest.mark.parametrize("changes", range(6))
def test_who_gives_up_leaves_the_old_one_or_the_new_one(
    local_place: Place, changes: int
) -> None:
    place, disk = local_place, Dies(changes)
    place.fill(OLDER | NEWER | {"out/_temporary/save-1/file": b"half"})
    with pytest.raises(KeyboardInterrupt):
        commit(lambda _: disk, replacing(place))
    (replaced,) = replacing(place).replacements
    for _ in range(2):
        give_up(place.lookup, replaced)
        assert tree(place) == REPLACED
    assert place.storage.stat(place.at("out/_temporary")) is None
    content = place.storage.read(place.at("out/model/file"))
    assert content in (b"older", b"newer")


def test_what_somebody_else_made_meanwhile_stays(place: Place) -> None:
    place.fill(OLDER | NEWER | {".out.old.a1/model/file": b"oldest"})
    with pytest.raises(TransferFailed, match="made by somebody else") as caught:
        commit(place.lookup, replacing(place))
    assert ".out.new.a1" in str(caught.value.hint)
    assert place.storage.read(place.at("out/model/file")) == b"older"


def test_a_new_version_that_is_gone_is_an_error(place: Place) -> None:
    with pytest.raises(TransferFailed, match="is gone"):
        commit(place.lookup, replacing(place))
    place.fill({".out.old.a1/model/file": b"older"})
    (replaced,) = replacing(place).replacements
    give_up(place.lookup, replaced)
    assert tree(place) == ["out/model/file"]
