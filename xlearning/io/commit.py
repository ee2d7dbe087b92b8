"""Make a job's outputs complete, or take back what was uploaded.

Every step can be repeated, by a retry or by the next ApplicationMaster: renames never
overwrite, and one whose source is gone and whose target is there has been done.
"""

from __future__ import annotations

import errno
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from xlearning.io import uris
from xlearning.io.manifest import holds_only_saves
from xlearning.io.output import SUCCESS, TEMPORARY
from xlearning.io.replacement import Present, Step, last_step, next_step
from xlearning.io.transfer import PATIENT, TransferFailed, persist

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.output import CommitPlan, Rename
    from xlearning.io.replacement import Replacement
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.io.transfer import Retrying

T = TypeVar("T")


def commit(
    storages: StorageLookup, plan: CommitPlan, retrying: Retrying = PATIENT
) -> None:
    """Rename what counts into place, delete the rest, mark each output as complete.

    Raises:
        TransferFailed: Something else is at a final place, or an upload is gone.
        OSError: The file system refused.
        ConnectionLost: It did not answer, time and again.
    """
    in_place = {
        each.new
        for each in plan.replacements
        if _persist(
            _is_in_place(storages(each.url), each),
            retrying,
            f"`{each.url}` could not be looked at",
        )
    }
    for rename in plan.renames:
        if not any(rename.source.startswith(f"{new}/") for new in in_place):
            what = f"`{rename.target}` could not be put into place"
            _persist(_renaming(storages(rename.source), rename), retrying, what)
    for url in plan.outputs:
        if url not in in_place:
            what = f"`{url}` could not be completed"
            _persist(_completing(storages(url), url), retrying, what)
    for each in plan.replacements:
        _put_in_place(storages, each, retrying)


def give_up(
    storages: StorageLookup, replaced: Replacement, retrying: Retrying = PATIENT
) -> None:
    """Bring an output to rest: what was begun to be replaced is, what was not is not.

    Raises:
        OSError: The file system refused.
        ConnectionLost: It did not answer, time and again.
    """
    if _replace(storages, replaced, last_step, retrying) is Step.DONE:
        storage = storages(replaced.url)
        for rest in (replaced.new, uris.join(replaced.url, TEMPORARY)):
            delete = partial(storage.delete, rest, recursive=True)
            _persist(delete, retrying, f"`{rest}` could not be deleted")


def _put_in_place(
    storages: StorageLookup, replaced: Replacement, retrying: Retrying
) -> None:
    url, new, old, _ = replaced
    last = _replace(storages, replaced, next_step, retrying)
    if last is Step.REFUSE:
        raise TransferFailed(
            f"`{url}` was made by somebody else meanwhile and is not replaced",
            hint=f"what the job wrote is in `{new}`, what was there in `{old}`",
        )
    if last is Step.LOST:
        raise TransferFailed(f"`{new}`, where the output was complete, is gone")


def _replace(
    storages: StorageLookup,
    replaced: Replacement,
    choose: Callable[[Present], Step],
    retrying: Retrying,
) -> Step:
    """Go on with a replacement as far as it goes; return the step that is none."""
    storage = storages(replaced.url)
    url, new, old, _ = replaced
    do: dict[Step, Callable[[], object]] = {
        Step.PUT_AWAY: lambda: storage.rename(url, old),
        Step.PUT_IN: lambda: storage.rename(new, url),
        Step.PUT_BACK: lambda: storage.rename(old, url),
        Step.DELETE_OLD: lambda: _delete_old(storage, replaced),
    }

    def take() -> Step:
        step = choose(_present(storage, replaced))
        do.get(step, lambda: None)()
        return step

    what = f"`{url}` could not be replaced"
    while (step := _persist(take, retrying, what)) in do:
        pass
    return step


def _delete_old(storage: Storage, replaced: Replacement) -> None:
    """Delete the old version; the saves in it pass to the new one."""
    for entry in storage.list(replaced.old):
        if holds_only_saves([entry.name], replaced.saves):
            with suppress(FileExistsError):
                storage.rename(entry.path, uris.join(replaced.url, entry.name))
    storage.delete(replaced.old, recursive=True)


def _is_in_place(storage: Storage, replacement: Replacement) -> Callable[[], bool]:
    def look() -> bool:
        there = storage.stat(replacement.url) is not None
        return there and storage.stat(replacement.new) is None

    return look


def _present(storage: Storage, replacement: Replacement) -> Present:
    """Look what there is; without its `_SUCCESS` a new version is none."""
    return Present(
        url=storage.stat(replacement.url) is not None,
        new=storage.stat(uris.join(replacement.new, SUCCESS)) is not None,
        old=storage.stat(replacement.old) is not None,
    )


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

    what = f"what is temporary in `{output_url}` could not be deleted"
    _persist(action, retrying, what)


def _persist(action: Callable[[], T], retrying: Retrying, what: str) -> T:
    return persist(action, retrying, threading.Event(), what)


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
