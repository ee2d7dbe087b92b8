"""What YARN puts into the working directory of every container. Pure.

Local files are uploaded under their own names, remote ones are used where they are.
YARN makes one link per file and lets a second entry with the same link win silently, so
that both are refused here.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.client.mappings import local_name, qualify, split_link
from xlearning.client.plan import CacheEntry, Upload
from xlearning.errors import ConfigError
from xlearning.job.spec import ResourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.options import Options
    from xlearning.client.role_request import RoleRequest

_UNPACKED = (".zip", ".tar.gz", ".tgz", ".tar", ".jar")  # Hadoop's FSDownload


class Place(NamedTuple):
    """Where relative paths are.

    Attributes:
        default_fs: `fs.defaultFS`.
        user: Whose home relative remote paths are in.
        directory: Where relative local paths are.
    """

    default_fs: str
    user: str
    directory: str


class DistributedFiles(NamedTuple):
    """All files of a job's containers.

    Attributes:
        uploads: Local ones.
        cache: Remote ones.
        class_path: The jars among them, for a program that starts a JVM.
        warnings: What will not be as it seems.
    """

    uploads: tuple[Upload, ...]
    cache: tuple[CacheEntry, ...]
    class_path: str
    warnings: tuple[str, ...]


def distributed_files(
    options: Options, place: Place, requests: Mapping[str, RoleRequest] | None = None
) -> DistributedFiles:
    """Sort the files of the job and of its roles into local and remote ones.

    Raises:
        ConfigError: Two have one name, or one has two.
    """
    files = _entries(options.files, "--files", place)
    jars = _entries(options.jars, "--jars", place)
    archives = [
        msgspec.structs.replace(entry, kind=ResourceKind.ARCHIVE)
        for entry in _entries(options.archive_files, "--archive-files", place)
    ]
    cache: list[Upload | CacheEntry] = [
        *archives,
        *_remote(options.cache_files, "--cacheFile", ResourceKind.FILE, place),
        *_remote(options.cache_archives, "--cacheArchive", ResourceKind.ARCHIVE, place),
    ]
    roles = requests or {}
    own = [each for role in roles for each in _of_role(role, roles[role], place)]
    entries = _unique([*files, *jars, *cache, *own])
    for role in ("", *roles):
        _check_links(each for each in entries if not each.roles or role in each.roles)
    return DistributedFiles(
        uploads=tuple(entry for entry in entries if isinstance(entry, Upload)),
        cache=tuple(entry for entry in entries if isinstance(entry, CacheEntry)),
        class_path=":".join(f"./{entry.link}" for entry in jars),
        warnings=tuple(_archive_warnings(entries)),
    )


def _entries(
    texts: Iterable[str], option: str, place: Place
) -> list[Upload | CacheEntry]:
    found: list[Upload | CacheEntry] = []
    for text in texts:
        if "://" in text and not text.startswith("file://"):
            found += _remote([text], option, ResourceKind.FILE, place)
            continue
        path, link = split_link(text.removeprefix("file://"), option)
        absolute = posixpath.normpath(posixpath.join(place.directory, path))
        name = link or posixpath.basename(absolute)
        found.append(Upload(absolute, local_name(name, f"{option} {text}"), option))
    return found


def _remote(
    texts: Iterable[str], option: str, kind: ResourceKind, place: Place
) -> list[CacheEntry]:
    found = []
    for text in texts:
        path, link = split_link(text, option)
        url = qualify(path, place.default_fs, place.user, option)
        name = link or posixpath.basename(url)
        found.append(
            CacheEntry(url, local_name(name, f"{option} {text}"), kind, option)
        )
    return found


def _of_role(
    role: str, request: RoleRequest, place: Place
) -> Iterable[Upload | CacheEntry]:
    """Return the files that only one role gets."""
    option = f"--role {role}:"
    found = [
        *_entries(request.files, f"{option}files", place),
        *_remote(request.cache_files, f"{option}cache-files", ResourceKind.FILE, place),
        *_remote(
            request.cache_archives,
            f"{option}cache-archives",
            ResourceKind.ARCHIVE,
            place,
        ),
    ]
    return [msgspec.structs.replace(entry, roles=(role,)) for entry in found]


def _source(entry: Upload | CacheEntry) -> str:
    return entry.path if isinstance(entry, Upload) else entry.url


def _unique(entries: Iterable[Upload | CacheEntry]) -> list[Upload | CacheEntry]:
    """Drop entries that say the same as an earlier one."""
    found: dict[tuple[str, str, tuple[str, ...]], Upload | CacheEntry] = {}
    for entry in entries:
        everybody = (_source(entry), entry.link, ())
        if everybody not in found:
            found.setdefault((*everybody[:2], entry.roles), entry)
    return list(found.values())


def _check_links(entries: Iterable[Upload | CacheEntry]) -> None:
    by_link: dict[str, Upload | CacheEntry] = {}
    by_source: dict[str, Upload | CacheEntry] = {}
    for entry in entries:
        other = by_link.setdefault(entry.link, entry)
        if other is not entry:
            raise ConfigError(
                f"`{entry.link}` would be two files: `{_source(other)}` "
                f"({other.option}) and `{_source(entry)}` ({entry.option})",
                hint="give one of them another name: path#name",
            )
        twin = by_source.setdefault(_source(entry), entry)
        if twin is not entry:
            raise ConfigError(
                f"`{_source(entry)}` is given two names, `{twin.link}` "
                f"({twin.option}) and `{entry.link}` ({entry.option})",
                hint="YARN makes one link per file: leave one of them out",
            )


def _archive_warnings(entries: Iterable[Upload | CacheEntry]) -> Iterable[str]:
    for entry in entries:
        is_archive = entry.kind is ResourceKind.ARCHIVE
        if is_archive and not _source(entry).lower().endswith(_UNPACKED):
            yield (
                f"YARN will not unpack `{_source(entry)}` ({entry.option}): its name "
                f"ends in none of {', '.join(_UNPACKED)}"
            )
