"""Archives in the user's own folder on the file system: sent once, used by many jobs.

They are named by their content, so that a file that is there is the right one and a
second submission sends nothing: our Python (`runtime`), the programs' Pythons
(`environment_archive`) and sources (`source_archive`). YARN unpacks each once per user
and node. Beside each lies a small file whose time says when a job last asked for it:
the archive's own time stamp must not change, because YARN compares it.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from xlearning.errors import ConfigError, ConnectionLost
from xlearning.job.spec import LocalFile, ResourceKind, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.io.storage import FileStatus, Storage

ROOT = ".xlearning"
"""Below the user's home on the file system."""
SUFFIX = ".tgz"
USED = ".used"
"""What the name of the file ends in that tells of the last use."""


class Archive(NamedTuple):
    """What an archive is called.

    Attributes:
        kind: `runtime`, `env` or `source`: the folder that it is in.
        name: By its content, without suffix.
        link: What the unpacked folder is called in a container.
    """

    kind: str
    name: str
    link: str


def shared(
    storage: Storage,
    home_url: str,
    archive: Archive,
    make: Callable[[], Path],
    report: Callable[[str], None],
) -> LocalFile:
    """Return an archive as YARN wants it described, sent now if it is not there.

    Args:
        storage: The file system that YARN localises from.
        home_url: The user's home folder on it.
        archive: Which one.
        make: Makes the local file; called where it has to be sent.
        report: Told what takes long.

    Raises:
        ConfigError: The home folder cannot be written.
    """
    home = home_url.rstrip("/")
    url = f"{home}/{ROOT}/{archive.kind}/{archive.name}{SUFFIX}"
    status = storage.stat(url)
    if status is None:
        path = make()
        report(f"Uploading the {_WORDS[archive.kind]} to {url}")
        status = _upload(storage, path, url, home)
    _note_use(storage, f"{url}{USED}")
    return LocalFile(
        link=archive.link,
        url=url,
        size=status.length,
        timestamp_ms=status.modification_time_ms,
        kind=ResourceKind.ARCHIVE,
        visibility=Visibility.PRIVATE,
    )


_WORDS = {"runtime": "runtime", "env": "environment", "source": "sources"}


def _upload(storage: Storage, path: Path, url: str, home: str) -> FileStatus:
    """Copy an archive to its place, unless somebody else was there first.

    YARN refuses a file whose time stamp is not the one that it was told, so that a file
    is never replaced: the loser of a race takes the winner's.
    """
    folder, _, name = url.rpartition("/")
    _make_folder(storage, folder, home)
    temporary = f"{folder}/.{name}.{uuid.uuid4().hex}"
    try:
        storage.put(path, temporary, mode=0o600)
        storage.rename(temporary, url)
    except FileExistsError:
        pass
    finally:
        storage.delete(temporary)
    status = storage.stat(url)
    if status is None:
        raise ConnectionLost(f"`{url}` vanished while it was uploaded")
    return status


def _make_folder(storage: Storage, folder: str, home: str) -> None:
    """Make the user's own folder for archives; homes above it are for all to enter."""
    try:
        storage.mkdirs(home, 0o755)
        storage.mkdirs(folder, 0o700)
    except PermissionError as error:
        raise ConfigError(
            f"the home folder `{home}` cannot be written: {error}",
            hint=f"let an administrator make `{home}` and give it to you, or install "
            "xlearning on every node and set xlearning.runtime=path:/its/folder",
        ) from error


def _note_use(storage: Storage, url: str) -> None:
    """Set the time of the last use; who cannot has an archive that looks older."""
    with suppress(OSError):
        try:
            storage.set_modification_time(url, int(time.time() * 1000))
        except FileNotFoundError:
            storage.write(url, b"", mode=0o600, overwrite=True)
