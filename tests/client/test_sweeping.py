from __future__ import annotations

import pytest

from xlearning.client.sweeping import UNKNOWN_KEPT_MS, StagingFolder, is_rest

NAME = "application_1700000000000_0001"
NOW = 1_800_000_000_000
FOLDER = StagingFolder(NAME, "alice", NOW)
OLD = StagingFolder(NAME, "alice", NOW - UNKNOWN_KEPT_MS)


@pytest.mark.parametrize(
    ("folder", "state", "expected"),
    [
        (FOLDER, "FINISHED", True),
        (FOLDER, "FAILED", True),
        (FOLDER, "KILLED", True),
        (FOLDER, "RUNNING", False),
        (OLD, "RUNNING", False),
        (FOLDER, "NEW_SAVING", False),
        (FOLDER, None, False),
        (OLD, None, True),
        (OLD._replace(owner="bob"), "FINISHED", False),
        (OLD._replace(name="notes"), None, False),
    ],
)
def test_only_own_folders_of_ended_or_long_unknown_jobs_are_rests(
    folder: StagingFolder, state: str | None, expected: bool
) -> None:
    assert is_rest(folder, state, user="alice", now_ms=NOW) is expected
