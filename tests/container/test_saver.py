"""Copying a task's outputs for saves, on the local disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.container.stories import a_job, an_assignment
from xlearning.container.assignment import SaveOrder, SavePlace
from xlearning.container.marks import Marks
from xlearning.container.saver import NAMES_TOLD, Saver
from xlearning.container.watch import Moved
from xlearning.io.manifest import decode_list
from xlearning.io.transfer import TransferStopped
from xlearning.io.waits import Waits
from xlearning.job.spec import DataOptions, SaveOptions

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.container.assignment import Assignment, SaveResult
    from xlearning.io.manifest import FileList


class Counted(Moved):
    """Remembers the most that was counted."""

    most = 0

    def add(self, count: int) -> None:
        """Count bytes."""
        super().add(count)
        self.most = max(self.most, self.done)


class Workshop:
    """A container's folder with two outputs, and a place for saves."""

    def __init__(self, folder: Path, *, incremental: bool) -> None:
        self.folder = folder
        self.work = folder / "work"
        for local in ("model", "logs"):
            (self.work / local).mkdir(parents=True)
        (self.work / "model" / "a").write_bytes(b"123")
        (self.work / "logs" / "b").write_bytes(b"45")
        self.marks = Marks(self.work)
        self.copied = Counted()
        self.saver = Saver(self.work, self.marks, Waits(), self.copied)
        job = a_job(
            data=DataOptions(retries=0), saves=SaveOptions(incremental=incremental)
        )
        self.assignment: Assignment = an_assignment(job=job)

    def order(self, number: int, previous: int = 0) -> SaveOrder:
        places = []
        for local in ("model", "logs"):
            url = f"file://{self.folder}/{number}/{local}"
            places.append(SavePlace(f"./{local}", url, "c1", f"{url}/list.json"))
        return SaveOrder(number, previous, tuple(places))

    def save(self, number: int, previous: int = 0) -> SaveResult:
        stop = self.saver.begin()
        return self.saver.save(self.order(number, previous), self.assignment, stop)

    def listed(self, number: int, local: str = "model") -> FileList:
        path = self.folder / str(number) / local / "list.json"
        return decode_list(path.read_bytes())


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A container that saves incrementally."""
    return Workshop(tmp_path, incremental=True)


def test_all_outputs_are_copied_and_listed(workshop: Workshop, tmp_path: Path) -> None:
    result = workshop.save(1)
    assert (result.files, result.bytes, result.copied_bytes) == (2, 5, 5)
    assert (tmp_path / "1" / "model" / "c1" / "a").read_bytes() == b"123"
    assert [file.path for file in workshop.listed(1, "logs").files] == ["b"]
    assert workshop.listed(1).folder == "c1"


def test_what_the_save_before_has_is_taken_over(workshop: Workshop) -> None:
    workshop.save(1)
    (workshop.work / "model" / "a").write_bytes(b"1234")
    assert workshop.save(2, previous=1).copied_bytes == 4
    assert workshop.save(4, previous=2).copied_bytes == 0
    assert workshop.listed(4).files[0].taken
    assert workshop.save(5, previous=2).copied_bytes == 0


def test_not_what_no_complete_save_has(workshop: Workshop) -> None:
    workshop.save(1)
    assert workshop.save(2, previous=0).copied_bytes == 5
    assert workshop.save(3, previous=1).copied_bytes == 5


def test_in_whole_saves_all_is_copied(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, incremental=False)
    workshop.save(1)
    assert workshop.save(2, previous=1).copied_bytes == 5


def test_marked_files_alone_are_copied_where_there_are_marks(
    workshop: Workshop,
) -> None:
    (workshop.work / "model" / "half").write_bytes(b"1")
    workshop.marks.note("model/a")
    workshop.save(1)
    assert [file.path for file in workshop.listed(1).files] == ["a"]
    assert [file.path for file in workshop.listed(1, "logs").files] == ["b"]


def test_only_some_of_what_is_left_out_is_named(workshop: Workshop) -> None:
    for number in range(NAMES_TOLD + 2):
        path = workshop.work / "model" / f"m{number}"
        path.write_bytes(b"1")
        workshop.marks.note(str(path))
        path.write_bytes(b"written again")
    result = workshop.save(1)
    assert result.left_out_count == NAMES_TOLD + 2
    assert result.left_out == tuple(f"./model/m{n}" for n in range(NAMES_TOLD))


def test_a_save_is_cut_off(workshop: Workshop) -> None:
    stop = workshop.saver.begin()
    workshop.saver.cut()
    with pytest.raises(TransferStopped):
        workshop.saver.save(workshop.order(1), workshop.assignment, stop)
    assert workshop.save(2).files == 2


def test_what_is_copied_is_counted_while_a_save_is_made(workshop: Workshop) -> None:
    workshop.save(1)
    assert (workshop.copied.most, workshop.copied.done) == (5, 0)
    workshop.copied.most = 0
    workshop.save(2, previous=1)
    assert workshop.copied.most == 0, "all of it is taken over"
