"""An output that takes the place of an older one, in steps that can be repeated. Pure.

The new one comes into being beside the old one, whole with its `_SUCCESS`; then the old
one is renamed away, the new one renamed in, the old one deleted; saves of the model in
it pass to the new one. HDFS has no rename that replaces a folder, so there is a moment
without either under the output's name; from whatever state somebody died in, the next
step follows from what is there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from xlearning.io import uris

if TYPE_CHECKING:
    from xlearning.job.spec import JobSpec


class Replacement(NamedTuple):
    """One output and where its two versions are meanwhile.

    Attributes:
        url: The output.
        new: Where this job's comes into being.
        old: Where the one that was there waits for its end.
        saves: How names of saves begin below an output (`SaveOptions.directory`): they
            are no part of what is replaced.
    """

    url: str
    new: str
    old: str
    saves: str = "/interResult_"


def replacement(job: JobSpec, url: str) -> Replacement | None:
    """Return how an output of a job takes the place of an older one, None if not.

    The names begin with a dot, so that no job reads them as input.
    """
    if not job.data.overwrite_output:
        return None
    parent, name = uris.parent(url), uris.base_name(url)

    def beside(version: str) -> str:
        return uris.join(parent, f".{name}.{version}.{job.application_id}")

    return Replacement(url, beside("new"), beside("old"), job.saves.directory)


def built_at(job: JobSpec, url: str) -> str:
    """Return the folder in which a job's output becomes complete."""
    found = replacement(job, url)
    return found.new if found else url


class Present(NamedTuple):
    """What there is of a replacement.

    Attributes:
        url: Something is under the output's name.
        new: The new version is beside it, complete.
        old: The old version is beside it.
    """

    url: bool
    new: bool
    old: bool


class Step(StrEnum):
    """What is to be done next."""

    PUT_AWAY = "rename the old one away"
    PUT_IN = "rename the new one in"
    PUT_BACK = "rename the old one back"
    DELETE_OLD = "delete the old one but for its saves"
    DONE = "nothing"
    REFUSE = "leave what somebody else made"
    LOST = "say that the new one is gone"


def next_step(present: Present) -> Step:
    """Return how the new version gets into place."""
    match present:
        case Present(url=True, new=True, old=False):
            return Step.PUT_AWAY
        case Present(url=False, new=True):
            return Step.PUT_IN
        case Present(url=True, new=False, old=True):
            return Step.DELETE_OLD
        case Present(url=True, new=False, old=False):
            return Step.DONE
        case Present(url=True, new=True, old=True):
            return Step.REFUSE
        case _:
            return Step.LOST


def last_step(present: Present) -> Step:
    """Return what tidies up after a job that has ended before it was done.

    A replacement that had begun is finished; one that had not is not begun.
    """
    match next_step(present):
        case Step.LOST:
            return Step.PUT_BACK if present.old else Step.DONE
        case Step.PUT_AWAY:
            return Step.DONE
        case step:
            return step
