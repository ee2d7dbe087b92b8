"""Saves of the model: asked for, waited for, listed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from xlearning.client.jobs import find_report
from xlearning.client.logs import log_folder
from xlearning.client.master_api import MasterApi
from xlearning.client.reports import is_final
from xlearning.errors import ConfigError, XLearningError
from xlearning.io.aggregated_logs import list_logs, read_log
from xlearning.io.saves import find_saves
from xlearning.job.outputs import OUTPUTS_FILE, Outputs, decode_outputs
from xlearning.job.snapshot import SaveView
from xlearning.job.states import JobPhase, SaveState

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.client.logs import Places
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.saves import FoundSave
    from xlearning.io.storage import StorageLookup

POLL_S = 0.5
UNKNOWN_S = 30.0
"""A save that a job does not list for so long is none: what was asked for was lost with
an ApplicationMaster, or it has been deleted since."""
_OF_OUTPUT = "the saves of its output are listed by `xl saves OUTPUT`"


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
            SaveFailed: It was given up, or the job does not know it.
            ConfigError: Its job ended before.
            ConnectionLost: The cluster does not answer.
        """
        unknown_s = 0.0
        while True:
            seen = self._master().snapshot()
            found = next((save for save in seen.saves if save.number == number), None)
            if found is not None and found.state is SaveState.COMPLETE:
                return found
            if found is not None and found.state is SaveState.FAILED:
                raise SaveFailed(
                    f"the model was not saved ({found.name}): {found.problem}",
                    hint=f"`xl saves {self._id}` shows all saves of the job",
                )
            if found is None and seen.phase is not JobPhase.STARTING:
                unknown_s += POLL_S
            if unknown_s > UNKNOWN_S:
                raise SaveFailed(
                    f"{self._id} has no save number {number}",
                    hint="the ApplicationMaster was lost meanwhile, perhaps: ask again",
                )
            self._pause(POLL_S)

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
            hint=_OF_OUTPUT,
        )
    raise ConfigError(f"{application_id} does not run yet (state: {report.state})")


def saves_of_job(places: Places, application_id: str) -> tuple[SaveView, ...]:
    """Return the saves of a job, the oldest first; of an ended one those that are left.

    Raises:
        ClusterError: There is no such job.
        ConfigError: It has not begun, or YARN has nothing of it any more.
        ConnectionLost: It does not answer.
    """
    report = find_report(places.rest, application_id)
    if not is_final(report):
        return running_master(places.rest, application_id).snapshot().saves
    outputs = _outputs_of(places, report)
    if not outputs.urls:
        return ()
    found = find_saves(places.storages, outputs.urls[0], outputs.saves)
    own = (save for save in found if save.manifest.application_id == application_id)
    return tuple(
        msgspec.structs.replace(
            _view(number, save), urls=tuple(o.url for o in save.manifest.outputs)
        )
        for number, save in enumerate(own, 1)
    )


def _outputs_of(places: Places, report: ApplicationReport) -> Outputs:
    """Return what the ApplicationMaster of an ended job has left beside its logs."""
    folder = log_folder(places.hadoop, report)
    storage = places.storages(folder.root)
    try:
        files = list_logs(storage, folder)
        for file in files:
            if file.name == OUTPUTS_FILE:
                return decode_outputs(b"".join(read_log(storage, file)))
    except (OSError, msgspec.MsgspecError) as error:
        why = str(error)
    else:
        why = "they are not there" if files else "YARN has not collected them"
    raise ConfigError(
        f"{report.application_id} has ended, and its logs do not say where it wrote: "
        f"{why}",
        hint=_OF_OUTPUT,
    )


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
