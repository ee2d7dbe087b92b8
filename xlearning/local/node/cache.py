"""Keeps the files that containers share below a size: the longest unused go first.

As `ResourceLocalizationService` does it by `LocalCacheCleaner`: what a container uses
stays, however much that is. Files of one application end with it and are not counted.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.local.node.download import PARTIAL, discard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlearning.local.node.spec import NodeOptions

_logger = logging.getLogger(__name__)

_CACHES = ("filecache", "usercache/*/filecache")
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A file or an unpacked archive.

    Attributes:
        folder: Its own folder in a cache.
        size_bytes: On the disk.
        used_s: When a container last began with it, since 1970.
    """

    folder: Path
    size_bytes: int
    used_s: float


def surplus(
    cached: Iterable[CachedFile], in_use: set[Path], target_bytes: int
) -> list[Path]:
    """Return the folders that have to go, the longest unused first."""
    listed = sorted(cached, key=lambda each: each.used_s)
    over = sum(each.size_bytes for each in listed) - target_bytes
    gone = []
    for each in listed:
        if over <= 0:
            break
        if each.folder not in in_use:
            gone.append(each.folder)
            over -= each.size_bytes
    return gone


async def keep_small(
    local_dir: Path, in_use: Callable[[], set[Path]], options: NodeOptions
) -> None:
    """Look at the caches again and again.

    Args:
        local_dir: The node's.
        in_use: Gives the folders that living containers use.
        options: How often, and how much may be there.
    """
    while True:
        await asyncio.sleep(options.cache_interval_s)
        try:
            cached = await asyncio.to_thread(scan, local_dir)
            too_much = surplus(cached, in_use(), options.cache_target_mb * _MIB)
            for folder in [_hidden(each) for each in too_much]:
                await asyncio.to_thread(discard, folder)
        except OSError as error:  # somebody else deletes there
            _logger.warning("the cache could not be looked through: %s", error)


def _hidden(folder: Path) -> Path:
    """Let nobody find a folder any more, at once; it is deleted later."""
    return folder.rename(folder.with_name(f"{folder.name}{PARTIAL}"))


def scan(local_dir: Path) -> list[CachedFile]:
    """Return what is in the caches. Blocks."""
    return [
        CachedFile(folder, _size(folder), folder.stat().st_mtime)
        for pattern in _CACHES
        for cache in local_dir.glob(pattern)
        for folder in cache.iterdir()
        if not folder.name.endswith(PARTIAL)
    ]


def _size(folder: Path) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                total += _size(folder / entry.name)
            else:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def note_use(path: Path) -> None:
    """Remember that a container begins with a cached file."""
    os.utime(path.parent)
