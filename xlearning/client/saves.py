"""Saves of the model: asked for, waited for, listed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xlearning.client.jobs import find_report
from xlearning.client.master_api import MasterApi
from xlearning.client.reports import is_final
from xlearning.errors import ConfigError, XLearningError
from xlearning.io.saves import find_saves
from xlearning.job.snapshot import SaveView
from xlearning.job.states import SaveState

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.saves import FoundSave
    from xlearning.io.storage import StorageLookup

POLL_S = 0.5


class SaveFailed(XLearningError):
    """A save that was waited for was given up."""

    exit_code = 6


class Saving:
    """A save that a running job is asked for."""

    def __init__(
        self,
        rest: ResourceManagerRest,
        application_id: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare to ask; `pause` waits so many seconds between two looks."""
        self._rest = rest
        self._id = application_id
        self._pause = pause

    def ask(self) -> int:
        """Ask for a save; return its number.

        Raises:
            ClusterError: There is no such job, or it cannot be saved now.
            ConnectionLost: The job's ApplicationMaster does not answer.
        """
        return self._master().save()

    def wait(self, number: int) -> SaveView:
        """Return a save when it is complete.

        The ApplicationMaster gives up a save that takes too long.

        Raises:
            SaveFailed: It was given up.
            ConfigError: Its job ended before.
            ConnectionLost: The cluster does not answer.
        """
        while True:
            found = self._look(number)
            if found is not None and found.state is SaveState.COMPLETE:
                return found
            if found is not None and found.state is SaveState.FAILED:
                raise SaveFailed(
                    f"the model was not saved ({found.name}): {found.problem}",
                    hint=f"`xl saves {self._id}` shows all saves of the job",
                )
            self._pause(POLL_S)

    def _look(self, number: int) -> SaveView | None:
        saves = self._master().snapshot().saves
        return next((save for save in saves if save.number == number), None)

    def _master(self) -> MasterApi:
        return running_master(self._rest, self._id)


def running_master(rest: ResourceManagerRest, application_id: str) -> MasterApi:
    """Return the ApplicationMaster of a job.

    Raises:
        ClusterError: There is no such job.
        ConfigError: It has not begun, or has ended.
        ConnectionLost: No ResourceManager answers.
    """
    report = find_report(rest, application_id)
    if report.state == "RUNNING" and report.tracking_url:
        return MasterApi(rest, report.tracking_url)
    if is_final(report):
        raise ConfigError(
            f"{application_id} has ended (state: {report.state})",
            hint="the saves of its output are listed by `xl saves OUTPUT`",
        )
    raise ConfigError(f"{application_id} does not run yet (state: {report.state})")


def saves_of_job(
    rest: ResourceManagerRest, application_id: str
) -> tuple[SaveView, ...]:
    """Return the saves of a running job, the oldest first.

    Raises:
        ClusterError: There is no such job.
        ConfigError: It does not run.
        ConnectionLost: It does not answer.
    """
    return running_master(rest, application_id).snapshot().saves


def saves_of_output(
    storages: StorageLookup, url: str, directory: str
) -> tuple[SaveView, ...]:
    """Return the saves that lie below or beside an output, the oldest first.

    Raises:
        ConfigError: There is nothing at this place.
        ConnectionLost: The file system does not answer.
    """
    try:
        found = find_saves(storages, url, directory)
        if not found and storages(url).stat(url) is None:
            raise ConfigError(f"`{url}` does not exist")
    except OSError as error:
        raise ConfigError(f"`{url}` cannot be looked at: {error}") from error
    return tuple(_view(number, save) for number, save in enumerate(found, 1))


def _view(number: int, found: FoundSave) -> SaveView:
    manifest = found.manifest
    return SaveView(
        number=number,
        name=manifest.name,
        state=SaveState.FAILED if found.problem else SaveState.COMPLETE,
        who=manifest.who,
        urls=(found.url,),
        started_ms=manifest.made_ms,
        tasks=len(manifest.tasks),
        done=len(manifest.tasks),
        files=manifest.files,
        bytes=manifest.bytes,
        left_out=manifest.left_out,
        left_out_count=manifest.left_out_count,
        problem=found.problem,
    )
