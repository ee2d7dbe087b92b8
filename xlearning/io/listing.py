"""Find the files of a job's input.

As Hadoop's FileInputFormat, names that start with `.` or `_` are left out, unless the
user named one without a wildcard, or wants them. Unlike in XLearning, an error of the
file system ends the listing: a job never starts on a part of its data.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io import globs, uris
from xlearning.io.splits import InputFile
from xlearning.io.transfer import Retrying, persist
from xlearning.job.spec import InputStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlearning.io.storage import FileStatus, Storage, StorageLookup
    from xlearning.job.spec import DataOptions, InputSpec

ONCE = Retrying(retries=0)
"""For those who wait themselves."""


@dataclass(frozen=True, slots=True)
class ListingOptions:
    """How files are named below their local directory.

    Attributes:
        flat: Drop the folders below a matched path.
        renamed: Files are not kept under their names, so that equal ones do not clash.
        hidden: Take files and folders whose names start with `.` or `_` too.
    """

    flat: bool = False
    renamed: bool = False
    hidden: bool = False


def listing_options(data: DataOptions) -> ListingOptions:
    """Return how the input of a job is named."""
    fetched = data.strategy is InputStrategy.DOWNLOAD
    return ListingOptions(
        flat=data.flat_input,
        renamed=data.rename_input or not fetched,
        hidden=data.hidden_input,
    )


def list_input(
    inputs: Sequence[InputSpec],
    storages: StorageLookup,
    options: ListingOptions = ListingOptions(),
    retrying: Retrying = ONCE,
) -> tuple[InputFile, ...]:
    """Return all files of a job's input, alias by alias, path by path, by name.

    A file that several paths of an alias match is taken once.

    Args:
        inputs: The paths of each alias.
        storages: Finds file systems.
        options: How files are named.
        retrying: How often each path is tried again.

    Raises:
        ConfigError: A path matches nothing, or two files would get the same name.
        OSError: The file system refused.
        ConnectionLost: The file system did not answer.
    """
    files: list[InputFile] = []
    for given in inputs:
        found: dict[str, InputFile] = {}
        for path in given.paths:
            look = partial(_list_path, storages(path), given.alias, path, options)
            what = f"`{path}` could not be listed"
            for file in persist(look, retrying, threading.Event(), what):
                found.setdefault(file.uri, file)
        if not options.renamed:
            _refuse_clashes(given.alias, found.values())
        files.extend(found.values())
    return tuple(files)


def is_hidden(name: str) -> bool:
    """Say whether Hadoop leaves a file or folder of this name out of its input."""
    return name.startswith((".", "_"))


def _list_path(
    storage: Storage, alias: str, pattern: str, options: ListingOptions
) -> list[InputFile]:
    """Return the files that one path stands for."""
    found: list[InputFile] = []
    roots = storage.glob(pattern)
    if not roots:
        raise ConfigError(
            f"input path `{pattern}` matches nothing",
            hint=f"look with: hdfs dfs -ls {uris.parent(pattern)}",
        )
    by_wildcard = not globs.is_literal(uris.base_name(pattern))
    for root in roots:
        if by_wildcard and not options.hidden and is_hidden(root.name):
            continue
        for status in _files(storage, root, options.hidden):
            relative = uris.relative_to(status.path, root.path) or root.name
            name = uris.base_name(relative) if options.flat else relative
            url, changed_ms = storage.url(status.path), status.modification_time_ms
            found.append(InputFile(alias, url, status.length, name, changed_ms))
    return found


def _files(storage: Storage, root: FileStatus, hidden: bool) -> Iterator[FileStatus]:
    """Yield a file itself, or the files below a folder at any depth."""
    if not root.is_dir:
        yield root
        return
    for entry in storage.list(root.path):
        if hidden or not is_hidden(entry.name):
            yield from _files(storage, entry, hidden)


def _refuse_clashes(alias: str, files: Iterable[InputFile]) -> None:
    """Refuse two files that would be downloaded to one place."""
    names: dict[str, InputFile] = {}
    for file in files:
        other = names.setdefault(file.relative_path, file)
        if other is not file:
            raise ConfigError(
                f"`{other.uri}` and `{file.uri}` would both become "
                f"`{alias}/{file.relative_path}`",
                hint="give them different local names (--input PATH#NAME), "
                "or number the files with --isRenameInputFile true",
            )
