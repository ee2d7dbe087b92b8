"""Decides which rests of jobs may be deleted. Pure."""

from __future__ import annotations

from typing import NamedTuple

from xlearning.client.reports import FINAL_STATES
from xlearning.job.ids import is_application_id

UNKNOWN_KEPT_MS = 24 * 3600 * 1000
"""A folder of an application that the ResourceManager does not know is kept so long:
it may be of a job that is being submitted, or of another cluster."""


class StagingFolder(NamedTuple):
    """One folder below the root of staging folders.

    Attributes:
        name: The last part of its path.
        owner: Whose it is.
        modified_ms: When it changed last.
    """

    name: str
    owner: str
    modified_ms: int


def is_rest(
    folder: StagingFolder, state: str | None, *, user: str, now_ms: int
) -> bool:
    """Say whether a staging folder may be deleted.

    Args:
        folder: What lies there.
        state: The application's state, None when the ResourceManager knows none.
        user: Who cleans: others' folders are theirs.
        now_ms: The time, in milliseconds since the epoch.
    """
    if folder.owner != user or not is_application_id(folder.name):
        return False
    if state is None:
        return now_ms - folder.modified_ms >= UNKNOWN_KEPT_MS
    return state in FINAL_STATES
