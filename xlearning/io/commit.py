"""Make a job's outputs complete, or take back what was uploaded.

Every step can be repeated, by a retry or by the next ApplicationMaster: renames never
overwrite, and one whose source is gone and whose target is there has been done.
"""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING

from xlearning.io import uris
from xlearning.io.output import SUCCESS, TEMPORARY
from xlearning.io.transfer import PATIENT, TransferFailed, persist

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.output import CommitPlan, Rename
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.io.transfer import Retrying


def commit(
    storages: StorageLookup, plan: CommitPlan, retrying: Retrying = PATIENT
) -> None:
    """Rename what counts into place, delete the rest, mark each output as complete.

    Raises:
        TransferFailed: Something else is at a final place, or an upload is gone.
        OSError: The file system refused.
        ConnectionLost: It did not answer, time and again.
    """
    for rename in plan.renames:
        _persist(_renaming(storages(rename.source), rename), retrying)
    for url in plan.outputs:
        _persist(_completing(storages(url), url), retrying)


def discard(
    storages: StorageLookup, output_url: str, retrying: Retrying = PATIENT
) -> None:
    """Delete what was uploaded, and the output folder if it is then empty.

    Raises:
        OSError: The file system refused.
        ConnectionLost: It did not answer, time and again.
    """
    storage = storages(output_url)

    def action() -> None:
        storage.delete(uris.join(output_url, TEMPORARY), recursive=True)
        try:
            storage.delete(output_url)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise

    _persist(action, retrying)


def _persist(action: Callable[[], None], retrying: Retrying) -> None:
    persist(action, retrying, threading.Event())


def _renaming(storage: Storage, rename: Rename) -> Callable[[], None]:
    def action() -> None:
        storage.mkdirs(uris.parent(rename.target))
        try:
            storage.rename(rename.source, rename.target)
        except FileExistsError as error:
            raise TransferFailed(
                f"`{rename.target}` is there already and is not replaced",
                hint=f"what the job wrote is in `{rename.source}`",
            ) from error
        except FileNotFoundError as error:
            if storage.stat(rename.target) is None:
                raise TransferFailed(
                    f"`{rename.source}`, which was uploaded, is gone"
                ) from error

    return action


def _completing(storage: Storage, url: str) -> Callable[[], None]:
    def action() -> None:
        storage.delete(uris.join(url, TEMPORARY), recursive=True)
        storage.write(uris.join(url, SUCCESS), b"", overwrite=True)

    return action
