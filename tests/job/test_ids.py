"""Names of tasks and tries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.job.ids import TaskId, TryId, is_application_id, is_role_name

ROLES = st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True)


@given(ROLES, st.integers(0, 999_999))
@settings(deadline=None)
def test_every_form_of_a_task_is_read_back(role: str, index: int) -> None:
    task = TaskId(role, index)
    assert is_role_name(role)
    assert TaskId.parse(str(task)) == task
    assert TaskId.parse(task.label) == task
    assert TaskId.parse(f"{role}:{index}") == task


@pytest.mark.parametrize(
    "text",
    [
        "",
        "worker",
        "worker-",
        "worker-0\n",
        "worker--1",
        "worker-1234567",
        "worker-٣",
        "Worker-0",
        "../worker-0",
        "worker-0-0",
    ],
)
def test_what_names_no_task(text: str) -> None:
    with pytest.raises(ValueError, match="does not name a task"):
        TaskId.parse(text)


@pytest.mark.parametrize("text", ["", "9a", "_a", "Worker", "a b", "w" * 32, "a\n"])
def test_what_names_no_role(text: str) -> None:
    assert not is_role_name(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("application_1700000000000_0001", True),
        ("application_1700000000000_12345", True),
        ("application_1700000000000_001", False),
        ("application_1700000000000_0001\n", False),
        ("application_1700000000000_0001x", False),
        ("job_1700000000000_0001", False),
    ],
)
def test_application_ids(text: str, is_one: bool) -> None:
    assert is_application_id(text) is is_one


def test_tasks_and_tries_have_an_order_and_a_form_for_paths() -> None:
    tries = [TryId(TaskId("worker", 10), 0), TryId(TaskId("worker", 2), 1)]
    assert [str(run) for run in sorted(tries)] == ["worker-2-1", "worker-10-0"]
    assert TaskId("ps", 0).label == "ps 0"
