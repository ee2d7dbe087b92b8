"""Which files a container needs, once each, and how they are kept. Pure.

From `LocalResourceRequest`, `ResourceSet` and `FSDownload`: a file is the same when
address, time stamp and type are; of several links to one only the last is made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from xlearning.hadoop.launch_context import LocalResourceType, LocalResourceVisibility
from xlearning.io import uris

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.hadoop.launch_context import LocalResource


class Archive(StrEnum):
    """How a file is unpacked."""

    TAR = "tar"
    ZIP = "zip"


_SUFFIXES = {
    ".tar": Archive.TAR,
    ".tar.gz": Archive.TAR,
    ".tgz": Archive.TAR,
    ".zip": Archive.ZIP,
    ".jar": Archive.ZIP,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a container needs.

    Attributes:
        url: Where it is, not percent-encoded.
        timestamp_ms: What its modification time must be.
        visibility: Who shares it.
        archive: How it is unpacked; None for a plain copy.
        kind: YARN's type, a part of the identity.
    """

    url: str
    timestamp_ms: int
    visibility: LocalResourceVisibility
    archive: Archive | None
    kind: LocalResourceType

    @classmethod
    def of(cls, resource: LocalResource) -> Wanted:
        """Read a local resource."""
        url = unquote(resource.url)
        packed = resource.type is not LocalResourceType.FILE
        return cls(
            url=url,
            timestamp_ms=resource.timestamp_ms,
            visibility=resource.visibility,
            archive=archive_of(uris.base_name(url)) if packed else None,
            kind=resource.type,
        )

    @property
    def java_url(self) -> str:
        """The address as Java writes it: a local one with a single slash."""
        return self.url.replace("file:///", "file:/", 1)

    @property
    def name(self) -> str:
        """The file's own name."""
        return uris.base_name(self.url)

    @property
    def key(self) -> str:
        """Its folder within a cache."""
        identity = f"{self.url}\0{self.timestamp_ms}\0{self.kind}"
        return hashlib.sha256(identity.encode()).hexdigest()[:20]

    def path(self, cache: Path) -> Path:
        """Return where it is kept below a cache's folder."""
        return cache / self.key / self.name


def archive_of(name: str) -> Archive | None:
    """Return how a file is unpacked, by its name; others are copied as they are."""
    small = name.lower()
    for suffix, archive in _SUFFIXES.items():
        if small.endswith(suffix):
            return archive
    return None


def links_of(resources: Mapping[str, LocalResource]) -> dict[Wanted, str]:
    """Return the link of each file."""
    links: dict[tuple[str, int, LocalResourceType], tuple[Wanted, str]] = {}
    for link, resource in resources.items():
        wanted = Wanted.of(resource)
        links[wanted.url, wanted.timestamp_ms, wanted.kind] = (wanted, link)
    return dict(links.values())


def modes(visibility: LocalResourceVisibility) -> tuple[int, int]:
    """Return the modes that YARN gives to files and folders, whatever they had."""
    if visibility is LocalResourceVisibility.PUBLIC:
        return 0o555, 0o755
    return 0o500, 0o700
