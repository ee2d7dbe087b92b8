"""Files and folders that people copy by hand, from any file system to the local disk.

The way up is `xlearning.io.upload.put_tree`. Unlike the input of a job nothing is left
out, and nothing is replaced unless that is wanted.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from xlearning.io.download import DownloadOptions, download
from xlearning.io.splits import InputFile
from xlearning.io.transfer import TransferFailed, TransferSummary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlearning.io.storage import FileStatus, Storage

HERE = "."
"""Stands where the input of a job has its alias."""


def content(storage: Storage, status: FileStatus) -> tuple[FileStatus, ...]:
    """Return a file itself, or a folder and all that is below it."""
    return (status, *(storage.walk(status.path) if status.is_dir else ()))


def size_of(storage: Storage, status: FileStatus) -> int:
    """Return the bytes in a file, or in all files below a folder."""
    return sum(each.length for each in content(storage, status))


def get_tree(
    storage: Storage,
    found: tuple[FileStatus, ...],
    target: Path,
    options: DownloadOptions | None = None,
    *,
    overwrite: bool = False,
) -> TransferSummary:
    """Copy what `content` has found to a local path.

    Args:
        storage: Where it is.
        found: The file, or the folder with all below it.
        target: What becomes of the file or folder.
        options: How it is fetched.
        overwrite: Whether local files are replaced.

    Raises:
        TransferFailed: A file is there already, or could not be fetched.
        OSError: A local folder could not be made.
    """
    root = found[0]
    places = {each: target / _below(each, root) for each in found}
    if not overwrite:
        _refuse_present(places[each] for each in found if not each.is_dir)
    for each in found:
        if each.is_dir:
            places[each].mkdir(parents=True, exist_ok=True)
    share = tuple(
        InputFile(
            HERE,
            storage.url(each.path),
            each.length,
            str(places[each].relative_to(target.parent)),
            each.modification_time_ms,
        )
        for each in found
        if not each.is_dir
    )
    return download(share, target.parent, lambda _: storage, options)


def _below(each: FileStatus, root: FileStatus) -> str:
    return each.path.removeprefix(root.path).lstrip("/")


def _refuse_present(targets: Iterator[Path]) -> None:
    for target in targets:
        if os.path.lexists(target):
            raise TransferFailed(
                f"`{target}`: {os.strerror(errno.EEXIST)}", hint="-f replaces it"
            )
