"""Saves on the file system: made complete, found, deleted, looked into.

`manifest` says what a save is. All of this blocks.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError, XLearningError
from xlearning.io import uris
from xlearning.io.manifest import (
    decode_list,
    decode_manifest,
    encode_manifest,
    list_url,
    manifest_url,
    name_in,
    save_url,
    saves_folder,
    surplus,
)
from xlearning.io.transfer import PATIENT, TransferFailed, persist
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xlearning.io.manifest import (
        FileList,
        Manifest,
        SavedFile,
        SavedOutput,
        SavedTask,
    )
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.io.transfer import Retrying

_log = logging.getLogger(__name__)
_THREADS = 16
"""Lists read and files moved at a time: each is a call to the NameNode or two."""


@dataclass(frozen=True, slots=True)
class _Move:
    """A file that a new save takes over from the one before."""

    source: str
    target: str


# ---- making one complete


def complete(
    storages: StorageLookup,
    manifest: Manifest,
    temporary_urls: Sequence[str],
    retrying: Retrying = PATIENT,
) -> bool:
    """Give a save its name; say whether the files that it takes over are in it.

    Args:
        storages: Finds the file system of a URL.
        manifest: The save.
        temporary_urls: Where it is now, for each of its outputs.
        retrying: How often a step is tried again.

    Raises:
        TransferFailed: Something that belongs to it is gone, or its name is taken.
        OSError: The file system refused. Nothing of the save is left then.
        ConnectionLost: It did not answer, time and again.
    """
    stop = threading.Event()
    written = list(zip(manifest.outputs, temporary_urls, strict=True))
    what = f"the save {manifest.name} could not be put into place"
    moves = persist(lambda: _moves(storages, manifest, written), retrying, stop, what)
    placed: list[str] = []
    try:
        for output, here in written:
            place = _placing(storages(here), manifest, output.url, here)
            persist(place, retrying, stop, what)
            placed.append(output.url)
    except (OSError, XLearningError):
        for url in placed:
            storages(url).delete(url, recursive=True)
        raise
    try:
        persist(lambda: _settle(storages, moves), retrying, stop, what)
    except (OSError, XLearningError) as error:
        _log.warning("`%s` is not whole yet: %s", placed[0], error)
        return False
    return True


def _moves(
    storages: StorageLookup,
    manifest: Manifest,
    written: Sequence[tuple[SavedOutput, str]],
) -> list[_Move]:
    """Return what has to be moved, having seen that all of it is there.

    When an earlier ApplicationMaster has begun, parts of it are in their places.
    """

    def look(part: tuple[SavedOutput, str, SavedTask]) -> list[_Move]:
        output, here, task = part
        storage = storages(here)
        files = _read_list(storage, here, TaskId(task.role, task.index))
        before = _sibling(output.url, manifest.name, manifest.previous)
        there = uris.join(before, files.folder)
        taken = [file.path for file in files.files if file.taken]
        present = _names_below(storage, there) if taken else set()
        folder = uris.join(output.url, files.folder)
        for path in taken:
            in_place = path in present or storage.stat(uris.join(folder, path))
            if not in_place:
                lost = uris.join(there, path)
                raise TransferFailed(f"`{lost}`, which was saved before, is gone")
        return [_Move(uris.join(there, p), uris.join(folder, p)) for p in taken]

    placed = [
        (output, here if storages(here).stat(here) is not None else output.url)
        for output, here in written
    ]
    parts = [(*each, task) for each in placed for task in manifest.tasks]
    with ThreadPoolExecutor(_THREADS, "save") as pool:
        return [move for moves in pool.map(look, parts) for move in moves]


def _sibling(url: str, name: str, other: str) -> str:
    """Return the folder of another save of the same output."""
    return url.removesuffix(name) + other


def _placing(
    storage: Storage, manifest: Manifest, url: str, temporary: str
) -> Callable[[], None]:
    content = encode_manifest(manifest)

    def place() -> None:
        if storage.stat(temporary) is None and _is_there(storage, url, content):
            return  # done by an earlier try whose answer was lost
        storage.mkdirs(uris.parent(url))
        try:
            if storage.renames_at_once:
                storage.write(manifest_url(temporary), content, overwrite=True)
                storage.rename(temporary, url)
            else:
                _rename_slowly(storage, url, temporary)
                storage.write(manifest_url(url), content)
        except FileExistsError as error:
            raise TransferFailed(f"`{url}` is there already") from error

    return place


def _rename_slowly(storage: Storage, url: str, temporary: str) -> None:
    """Rename file by file: without its manifest, what others see is no save."""
    if storage.stat(temporary) is not None:
        storage.rename(temporary, url)


def _is_there(storage: Storage, url: str, content: bytes) -> bool:
    try:
        return storage.read(manifest_url(url)) == content
    except FileNotFoundError:
        return False


def _settle(storages: StorageLookup, moves: list[_Move]) -> None:
    """Move what was taken over into the new save; can be repeated."""
    if not moves:
        return
    storage = storages(moves[0].target)
    for folder in {uris.parent(move.target) for move in moves}:
        storage.mkdirs(folder)

    def move(each: _Move) -> None:
        try:
            storage.rename(each.source, each.target)
        except FileNotFoundError:
            if storage.stat(each.target) is None:
                raise

    with ThreadPoolExecutor(_THREADS, "settle") as pool:
        for _ in pool.map(move, moves):
            pass


def prune(
    storages: StorageLookup, manifest: Manifest, directory: str, keep: int
) -> tuple[str, ...]:
    """Delete the oldest saves beside a new one; return the names of those deleted.

    Args:
        storages: Finds the file system of a URL.
        manifest: The newest save, complete and settled.
        directory: What is appended to an output for its saves.
        keep: How many saves stay; 0 for all.

    Raises:
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    outputs = [output.output for output in manifest.outputs]
    known: dict[str, list[str]] = {}
    for output in outputs if keep else ():
        for name, url in _folders(storages(output), output, directory):
            known.setdefault(name, []).append(url)
    old = surplus(known, keep)
    for name in old:
        for url in known[name]:
            storages(url).delete(url, recursive=True)
    return tuple(old)


# ---- finding them


@dataclass(frozen=True, slots=True)
class FoundSave:
    """A save on the file system.

    Attributes:
        url: Its folder.
        manifest: What it says of itself.
        problem: What it lacks, "" when it is complete.
    """

    url: str
    manifest: Manifest
    problem: str = ""


def find_saves(
    storages: StorageLookup, output_url: str, directory: str
) -> list[FoundSave]:
    """Return the saves of an output, the oldest first.

    Raises:
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    storage = storages(output_url)
    found = []
    for _, url in _folders(storage, output_url, directory):
        manifest = _read_manifest(storage, url)
        if manifest is not None:
            found.append(FoundSave(url, manifest, _lacks(storages, url, manifest)))
    return found


def look_at(storages: StorageLookup, url: str) -> FoundSave:
    """Return the save in a folder.

    Raises:
        ConfigError: There is none.
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    manifest = _read_manifest(storages(url), url)
    if manifest is None:
        raise ConfigError(
            f"`{url}` is no save",
            hint=f"a save has a file {uris.relative_to(manifest_url(url), url)}; "
            "`xl saves OUTPUT` lists the saves of an output",
        )
    return FoundSave(url, manifest, _lacks(storages, url, manifest))


def sources(found: FoundSave) -> dict[str, str]:
    """Return the folder of each output of a save, by local directory.

    A save with one output may have been copied to another place.
    """
    outputs = found.manifest.outputs
    if len(outputs) == 1:
        return {outputs[0].local: found.url}
    return {output.local: output.url for output in outputs}


def _folders(
    storage: Storage, output_url: str, directory: str
) -> Iterator[tuple[str, str]]:
    """Yield names and folders that look like saves, the oldest first."""
    folder, stem = saves_folder(output_url, directory)
    try:
        entries = storage.list(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        name = name_in(entry.name, stem)
        url = save_url(output_url, directory, name)
        if name and entry.is_dir and storage.stat(manifest_url(url)) is not None:
            yield name, url


def _read_manifest(storage: Storage, url: str) -> Manifest | None:
    try:
        return decode_manifest(storage.read(manifest_url(url)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"`{manifest_url(url)}` cannot be read: {error}",
            hint="it may be of another version of xlearning",
        ) from error


def _lacks(storages: StorageLookup, url: str, manifest: Manifest) -> str:
    """Return which other output of a save is missing: its maker died between two."""
    if len(manifest.outputs) == 1:
        return ""
    for output in manifest.outputs:
        there = output.url == url
        if not there and storages(output.url).stat(manifest_url(output.url)) is None:
            return f"`{output.url}` is missing"
    return ""


# ---- looking into one


def files_of(
    storages: StorageLookup, url: str, task: TaskId
) -> tuple[FileList, dict[str, str]]:
    """Return the list of a task's files and where each of them is.

    Raises:
        FileNotFoundError: The task is not in the save.
        TransferFailed: A file of it is gone.
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    storage = storages(url)
    files = _read_list(storage, url, task)
    there = uris.join(url, files.folder)
    present = _names_below(storage, there)
    places = {
        file.path: uris.join(there, file.path)
        for file in files.files
        if file.path in present
    }
    for file in files.files:
        if file.path not in places:
            places[file.path] = _elsewhere(storage, url, task, file)
    return files, places


def _elsewhere(storage: Storage, url: str, task: TaskId, file: SavedFile) -> str:
    """Find a file that a later save has taken over, or that is still to be moved."""
    manifest = _read_manifest(storage, url)
    assert manifest is not None, "whoever looks into a save has seen its manifest"
    folder = uris.parent(url)
    stem = uris.base_name(url).removesuffix(manifest.name)
    names = sorted(name_in(entry.name, stem) for entry in storage.list(folder))
    later = [name for name in names if name > manifest.name]
    for name in (*later, *filter(None, [manifest.previous])):
        other = _sibling(url, manifest.name, name)
        found = _same_file(storage, other, task, file)
        if found:
            return found
    raise TransferFailed(
        f"`{file.path}` of {task.label} is not in `{url}`, nor in a save after it",
        hint="a later save that had taken it over may have been deleted by hand",
    )


def _same_file(storage: Storage, url: str, task: TaskId, file: SavedFile) -> str:
    try:
        files = _read_list(storage, url, task)
    except FileNotFoundError:
        return ""
    target = uris.join(url, files.folder, file.path)
    same = any((f.path, f.digest) == (file.path, file.digest) for f in files.files)
    return target if same and storage.stat(target) is not None else ""


def _read_list(storage: Storage, url: str, task: TaskId) -> FileList:
    return decode_list(storage.read(list_url(url, task)))


def _names_below(storage: Storage, url: str) -> set[str]:
    """Return the files below a folder, by path below it."""
    root = storage.path(url)
    try:
        return {
            uris.relative_to(status.path, root)
            for status in storage.walk(url)
            if not status.is_dir
        }
    except FileNotFoundError:
        return set()
