"""Brings one file to the node: checks it, copies or unpacks it, sets its modes.

Blocks; the localizer calls it in threads. A file appears in its cache by one rename,
so that what is there is whole, also after a kill.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
import uuid
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError
from xlearning.hadoop.launch_context import LocalResourceVisibility
from xlearning.io import uris
from xlearning.io.storage import CHUNK_BYTES
from xlearning.local.node import diagnostics
from xlearning.local.node.resources import Archive, modes

if TYPE_CHECKING:
    from xlearning.io.storage import FileStatus, Storage
    from xlearning.local.node.resources import Wanted

PARTIAL = "_tmp"
"""Ends the names of folders in a cache that are no whole files."""
_NOT_FOUND = "java.io.FileNotFoundException"
_IO = "java.io.IOException"


def refused(java_class: str, text: str) -> ClusterError:
    """Return a failure with YARN's words, as the container's diagnostics say it."""
    return ClusterError(
        text.partition("\n")[0],
        protocol="Localization",
        java_class=java_class,
        remote_text=diagnostics.with_exception(java_class, text),
    )


def fetch(storage: Storage, wanted: Wanted, cache: Path) -> Path:
    """Bring a file into a cache and return where it is.

    Raises:
        ClusterError: YARN would refuse it; in its words.
        OSError: The file system's own.
    """
    status = checked(storage, wanted)
    target = wanted.path(cache)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / f"{wanted.key}.{uuid.uuid4().hex[:8]}{PARTIAL}"
    try:
        partial.mkdir()
        place(storage, wanted, status, partial / wanted.name)
        publish(partial, target)
    except BaseException:
        discard(partial)
        raise
    return target


def publish(partial: Path, target: Path) -> None:
    """Let a file appear; if somebody was quicker, theirs is as good."""
    try:
        partial.rename(target.parent)
    except OSError:
        if not target.exists():
            raise
        discard(partial)


def checked(storage: Storage, wanted: Wanted) -> FileStatus:
    """Return a file's status if YARN would take it.

    Raises:
        ClusterError: It is missing, was changed, or not everybody may read it.
    """
    url = wanted.java_url
    status = storage.stat(wanted.url)
    if status is None:
        raise refused(_NOT_FOUND, diagnostics.file_missing(url))
    if status.modification_time_ms != wanted.timestamp_ms:
        found, now_ms = status.modification_time_ms, time.time_ns() // 1_000_000
        text = diagnostics.file_changed(url, wanted.timestamp_ms, found, now_ms)
        raise refused(_IO, text)
    if wanted.visibility is LocalResourceVisibility.PUBLIC and not is_public(
        storage, status
    ):
        raise refused(_IO, diagnostics.not_public(url))
    return status


def is_public(storage: Storage, status: FileStatus) -> bool:
    """Say whether others may read a file and enter all folders above it."""
    needed = 0o005 if status.is_dir else 0o004
    if status.permission & needed != needed:
        return False
    folder = uris.parent(status.path)
    while True:
        above = storage.stat(folder)
        if above is None or not above.permission & 0o001:
            return False
        if folder == "/":
            return True
        folder = uris.parent(folder)


def place(storage: Storage, wanted: Wanted, status: FileStatus, target: Path) -> None:
    """Copy or unpack a file to `target` and set the modes.

    Raises:
        ClusterError: The archive is damaged.
    """
    if wanted.archive is None:
        copy(storage, status, target)
    else:
        unpack(storage, wanted, status, target)
    set_modes(target, *modes(wanted.visibility))


def copy(storage: Storage, status: FileStatus, target: Path) -> None:
    """Copy a file, or a folder with all that is in it."""
    if status.is_dir:
        target.mkdir()
        for entry in storage.list(status.path):
            copy(storage, entry, target / entry.name)
    elif storage.root == "file://":
        shutil.copyfile(status.path, target)
    else:
        with storage.open(status.path) as reader, target.open("wb") as file:
            while data := reader.read(CHUNK_BYTES):
                file.write(data)


def unpack(storage: Storage, wanted: Wanted, status: FileStatus, target: Path) -> None:
    """Unpack an archive into the folder `target`.

    Raises:
        ClusterError: It is damaged, or holds names outside of itself.
    """
    packed = Path(status.path)
    if storage.root != "file://":
        packed = target.with_name(f"{target.name}.packed")
        copy(storage, status, packed)
    target.mkdir()
    try:
        if wanted.archive is Archive.ZIP:
            with zipfile.ZipFile(packed) as file:
                file.extractall(target)
        else:
            unpack_tar(packed, target)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        text = f"Download and unpack failed: {wanted.java_url}: {error}"
        raise refused(diagnostics.YARN_EXCEPTION, text) from error
    finally:
        if packed.parent == target.parent:
            packed.unlink()


def unpack_tar(packed: Path, target: Path) -> None:
    """Unpack with `tar`, several times as quick, or with Python where there is none.

    Raises:
        TarError: It is damaged.
    """
    program = shutil.which("tar")
    if program is None:
        with tarfile.open(packed) as file:
            file.extractall(target, filter="tar")
        return
    command = [program, "--no-same-owner", "-xf", str(packed), "-C", str(target)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise tarfile.TarError(done.stderr.decode(errors="replace").strip())


def set_modes(path: Path, file_mode: int, folder_mode: int) -> None:
    """Set the modes of a file, or of a folder and all that is in it but links."""
    if path.is_symlink():
        return
    if not path.is_dir():
        path.chmod(file_mode)
        return
    path.chmod(0o700)
    with os.scandir(path) as entries:
        for entry in entries:
            set_modes(Path(entry.path), file_mode, folder_mode)
    path.chmod(folder_mode)


def discard(folder: Path) -> None:
    """Delete a folder, whatever modes the user gave to what is in it.

    What a process makes in it meanwhile may stay.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        open_up(folder)
        shutil.rmtree(folder, ignore_errors=True)


def open_up(folder: Path) -> None:
    """Let the owner into a folder and all below it."""
    with suppress(FileNotFoundError):
        folder.chmod(0o700)
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                open_up(entry)
