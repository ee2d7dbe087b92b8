"""Put what a task has in a save back into its local folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io.download import DownloadOptions, download
from xlearning.io.manifest import FileList
from xlearning.io.saves import files_of, look_at
from xlearning.io.splits import InputFile
from xlearning.io.transfer import persist

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.io.storage import StorageLookup
    from xlearning.job.ids import TaskId


@dataclass(frozen=True, slots=True)
class Part:
    """What one task has in a save.

    Attributes:
        files: The list of it.
        places: Where each of them is.
    """

    files: FileList
    places: Mapping[str, str]

    @property
    def bytes(self) -> int:
        """Its size."""
        return sum(file.size for file in self.files.files)


def part_of(
    url: str, task: TaskId, storages: StorageLookup, options: DownloadOptions
) -> Part:
    """Return what a task has in a save; one that is not in it has nothing.

    Raises:
        TransferStopped: It was ended from outside.
        ConfigError: The save is gone.
        TransferFailed: A file of it is gone.
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    return persist(
        lambda: _part_of(url, task, storages),
        options.retrying,
        options.stop,
        f"the save `{url}` could not be looked at",
    )


def _part_of(url: str, task: TaskId, storages: StorageLookup) -> Part:
    tasks = look_at(storages, url).manifest.tasks
    if (task.role, task.index) not in {(each.role, each.index) for each in tasks}:
        return Part(FileList(""), {})
    try:
        return Part(*files_of(storages, url, task))
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        raise ConfigError(f"the save `{url}` is damaged: {error}") from error


def restore(
    part: Part,
    local: Path,
    storages: StorageLookup,
    options: DownloadOptions | None = None,
) -> None:
    """Fill a local folder; files get their modes and times back.

    Raises:
        TransferFailed: The disk is too small, or a file could not be fetched.
    """
    for folder in part.files.folders:
        (local / folder).mkdir(parents=True, exist_ok=True)
    share = tuple(
        InputFile(local.name, part.places[file.path], file.size, file.path)
        for file in part.files.files
    )
    download(share, local.parent, storages, options or DownloadOptions())
    for file in part.files.files:
        path = local / file.path
        path.chmod(file.mode)
        os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
