from __future__ import annotations

from tests.run_frameworks.rows import ROWS
from tests.run_frameworks.table import Outcome, Start, Verdict, table

ROW = ROWS[0]


def test_a_row_that_is_well() -> None:
    outcome = Outcome(Verdict.OK, "", (Start(0.123, 3),), 9.87, ("without one fails",))
    assert outcome.is_good
    lines = table([ROW], [outcome]).splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:5] == ["type", "layout", "result", "start", "job"]
    expected = "PYTORCH 3 workers ok 0.12 s 9.9 s without one fails"
    assert lines[1].split() == expected.split()
    assert lines[2] == "1 of 1 rows are good"


def test_what_is_not_well_is_said_in_its_row_and_below() -> None:
    outcomes = [
        Outcome(Verdict.FAILED, "another loss: 1, 2", (Start(0.1, 3),), 5.0),
        Outcome(Verdict.NOT_RUN, "error: no wheel"),
        Outcome(Verdict.LATE, "", (Start(0.4, 3), Start(0.35, 3)), 5.0),
    ]
    assert not any(outcome.is_good for outcome in outcomes)
    lines = table([ROW] * 3, outcomes).splitlines()
    assert [line[47:56].strip() for line in lines[1:4]] == ["FAILED", "NOT RUN", "LATE"]
    assert lines[2].split()[-2:] == ["-", "-"]
    assert lines[3].split()[-4:-2] == ["0.35", "s"]
    assert lines[4:] == [
        "pytorch: 3 workers: another loss: 1, 2",
        "pytorch: 3 workers: error: no wheel",
        "pytorch: 3 workers: started within 0.40 s, 0.35 s; 0.3 s are allowed",
        "0 of 3 rows are good",
    ]


def test_more_tasks_on_one_machine_may_take_longer() -> None:
    assert [Start(0.35, tasks).is_late for tasks in (1, 3, 4)] == [True, True, False]
    assert Start(0.0, 5).limit_s == 0.5
