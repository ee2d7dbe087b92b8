"""What is worth saying, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.container.logs import PROBLEM
from xlearning.container.process_tree import ProcessTree
from xlearning.container.watch import Moved, Watch
from xlearning.job.waits import Wait
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """A watch of this process that says something every 10 s."""
    watch = Watch(ProcessTree(), tmp_path, 10.0)
    watch.look(0.0, measure_s=1000.0)
    return watch


def test_the_first_measurement_is_news_and_the_same_is_not(watch: Watch) -> None:
    said = watch.news(2, 0.0)
    assert said is not None
    assert said.try_number == 2
    assert said.memory_bytes > 0
    assert watch.news(2, 1.0) is None


def test_after_a_heartbeat_all_is_said_again(watch: Watch) -> None:
    assert watch.news(0, 0.0) is not None
    assert watch.news(0, 10.0) is not None


def test_progress_and_its_problem_are_news(watch: Watch, tmp_path: Path) -> None:
    watch.news(0, 0.0)
    (tmp_path / "stdout").write_text("report:progress:0.5\n")
    watch.look(1.0, measure_s=1000.0)
    said = watch.news(0, 1.0)
    assert said is not None
    assert (said.progress, said.problem) == (0.5, "")
    (tmp_path / "stderr").write_text("report:progress:half")
    watch.look_last()
    said = watch.news(0, 2.0)
    assert said is not None
    assert (said.progress, said.problem) == (0.5, PROBLEM)


def test_marks_are_read_with_the_logs(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(b"checkpoint:model/1\n")
    assert watch.new_marks() == []
    watch.look(1.0, 3.0)
    assert watch.new_marks() == ["model/1"]


def test_no_progress_is_not_progress_0(watch: Watch) -> None:
    assert not watch.telemetry(0).HasField("progress")


def test_bytes_that_move_are_news(watch: Watch) -> None:
    watch.news(0, 0.0)
    watch.moved.begin(100)
    watch.moved.add(30)
    said = watch.news(0, 1.0)
    assert said is not None
    assert (said.moved_bytes, said.total_bytes) == (30, 100)


def test_records_that_are_written_are_news(watch: Watch) -> None:
    watch.news(0, 0.0)
    watch.flow.written_bytes, watch.flow.written_records = 9, 2
    said = watch.news(0, 1.0)
    assert said is not None
    assert (said.written_bytes, said.written_records, said.read_records) == (9, 2, 0)
    assert watch.news(0, 2.0) is None


def test_what_is_tried_again_is_news_and_so_is_that_it_goes_on(watch: Watch) -> None:
    watch.news(0, 0.0)
    watch.waits.put("a", Wait("`a` could not be read", "\udcff is away", 1000, 9000))
    said = watch.news(0, 1.0)
    assert said is not None
    assert said.wait == pb.Wait(
        what="`a` could not be read",
        reason="\\udcff is away",
        since_ms=1000,
        until_ms=9000,
    )
    assert watch.news(0, 2.0) is None
    watch.waits.drop("a")
    said = watch.news(0, 3.0)
    assert said is not None
    assert not said.HasField("wait")


def test_bytes_that_are_saved_are_news(watch: Watch) -> None:
    watch.news(0, 0.0)
    watch.saved.add(30)
    said = watch.news(0, 1.0)
    assert said is not None
    assert (said.saved_bytes, said.moved_bytes) == (30, 0)


def test_bytes_that_have_to_be_moved_again_are_taken_back() -> None:
    moved = Moved()
    moved.begin(100)
    moved.add(30)
    moved.add(-30)
    assert (moved.done, moved.total) == (0, 100)


def test_the_tree_is_not_measured_more_often_than_asked(watch: Watch) -> None:
    before = watch.usage
    watch.look(5.0, measure_s=10.0)
    assert watch.usage is before
    watch.look(5.0, measure_s=1.0)
    assert watch.usage is not before
