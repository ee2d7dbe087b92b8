"""Put what a task has in a save back into its local folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io.download import DownloadOptions, download
from xlearning.io.saves import files_of, look_at
from xlearning.io.splits import InputFile

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.storage import StorageLookup
    from xlearning.job.ids import TaskId


def restore(
    url: str,
    task: TaskId,
    local: Path,
    storages: StorageLookup,
    options: DownloadOptions | None = None,
) -> tuple[str, ...]:
    """Fill a local folder from a save and return the paths of the files.

    Files get their modes and times back. A task that is not in the save gets nothing.

    Raises:
        ConfigError: The save is gone.
        TransferFailed: A file of it is gone, or could not be fetched.
        OSError: The file system refused.
        ConnectionLost: It did not answer.
    """
    manifest = look_at(storages, url).manifest
    if all(
        (each.role, each.index) != (task.role, task.index) for each in manifest.tasks
    ):
        return ()
    try:
        files, places = files_of(storages, url, task)
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        raise ConfigError(f"the save `{url}` is damaged: {error}") from error
    for folder in files.folders:
        (local / folder).mkdir(parents=True, exist_ok=True)
    share = tuple(
        InputFile(local.name, places[file.path], file.size, file.path)
        for file in files.files
    )
    download(share, local.parent, storages, options or DownloadOptions())
    for file in files.files:
        path = local / file.path
        path.chmod(file.mode)
        os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
    return tuple(file.path for file in files.files)
