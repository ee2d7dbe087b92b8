from __future__ import annotations

from xlearning.client.save_text import complete_line, save_lines
from xlearning.job.snapshot import SaveView
from xlearning.job.states import SaveState

COMPLETE = SaveView(
    1,
    "2026_01_01_00_00_00",
    SaveState.COMPLETE,
    "alice",
    urls=("hdfs://nn/o/interResult_1", "hdfs://nn/p/interResult_1"),
    started_ms=1_767_225_600_000,
    tasks=2,
    done=2,
    files=1,
    bytes=2048,
    left_out=("worker 0: model/log",),
    left_out_count=3,
)
FAILED = SaveView(
    2,
    "2026_01_01_00_00_09",
    SaveState.FAILED,
    "the schedule",
    urls=("hdfs://nn/o/interResult_2",),
    started_ms=1_767_225_609_000,
    tasks=2,
    done=1,
    problem="worker 1: disk full",
)


def test_saves_are_a_table_with_the_newest_on_top() -> None:
    head, newest, oldest = save_lines([COMPLETE, FAILED])
    assert head.split() == [
        "SAVED",
        "STATE",
        "FILES",
        "SIZE",
        "TASKS",
        "BY",
        "REMARKS",
        "PATH",
    ]
    assert "worker 1: disk full" in newest
    assert "hdfs" not in newest
    assert oldest.endswith("hdfs://nn/o/interResult_1, hdfs://nn/p/interResult_1")
    assert "2.00 KiB" in oldest
    assert "3 left out, always changing: worker 0: model/log" in oldest


def test_a_save_that_was_waited_for() -> None:
    assert complete_line(COMPLETE) == (
        "saved the model completed! 1 file, 2.00 KiB (3 left out, always changing: "
        "worker 0: model/log)"
    )
    whole = SaveView(1, "n", SaveState.COMPLETE, "alice", files=2)
    assert complete_line(whole) == "saved the model completed! 2 files, 0 bytes"


def test_a_save_that_is_being_made_tells_how_far_it_is() -> None:
    made = SaveView(3, "n", SaveState.SAVING, "alice", tasks=2, copied_bytes=3 << 20)
    assert "copied 3.00 MiB so far" in save_lines([made])[1]
