"""Putting outputs into place, on the local disk and on HDFS."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.commit import commit, discard
from xlearning.io.local_storage import LocalStorage
from xlearning.io.output import CommitPlan, Rename
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
