"""Brings the files of containers to the node, each once however many wait for it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from xlearning.errors import XLearningError
from xlearning.io.storage import Storages
from xlearning.local.node import download
from xlearning.local.node.cache import note_use
from xlearning.local.node.environment import LocalizationCounters
from xlearning.local.node.resources import links_of

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.node.layout import NodeLayout
    from xlearning.local.node.resources import Wanted
    from xlearning.local.node.spec import ContainerStart, NodeOptions

_FAILURES = (OSError, XLearningError)


class LocalizationFailed(Exception):
    """A file could not be brought; the text is what the container's diagnostics say."""


class Localizer:
    """The node's files. Its downloads are tasks of the group that it is given."""

    def __init__(self, layout: NodeLayout, options: NodeOptions) -> None:
        """Fetch nothing yet."""
        self._layout = layout
        self._storages = Storages(options.properties)
        self._threads = ThreadPoolExecutor(options.download_threads, "localizer")
        self._running: dict[Path, asyncio.Future[Path]] = {}

    def close(self) -> None:
        """Begin no more downloads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def localize(
        self, start: ContainerStart
    ) -> tuple[dict[Path, str], LocalizationCounters]:
        """Bring all files of a container and return their links, and what it took.

        Raises:
            LocalizationFailed: One of them could not be had.
        """
        began = time.monotonic()
        links = links_of(start.context.local_resources)
        places = self._places(start)
        fetched = {w: path for w, path in places.items() if not path.exists()}
        downloads = [self._fetch(wanted, path) for wanted, path in fetched.items()]
        await asyncio.gather(*downloads)
        for path in places.values():
            note_use(path)
        sizes = {w: _size(start, link) for w, link in links.items()}
        counters = LocalizationCounters(
            bytes_missed=sum(sizes[w] for w in fetched),
            bytes_cached=sum(size for w, size in sizes.items() if w not in fetched),
            files_missed=len(fetched),
            files_cached=len(links) - len(fetched),
            milliseconds=int((time.monotonic() - began) * 1000),
        )
        return {places[wanted]: link for wanted, link in links.items()}, counters

    def folders(self, start: ContainerStart) -> set[Path]:
        """Return the folders of a container's files in the caches."""
        return {path.parent for path in self._places(start).values()}

    def _places(self, start: ContainerStart) -> dict[Wanted, Path]:
        links = links_of(start.context.local_resources)
        return {wanted: self._place(wanted, start) for wanted in links}

    def _place(self, wanted: Wanted, start: ContainerStart) -> Path:
        cache = self._layout.cache(wanted.visibility, start.user, start.application_id)
        return wanted.path(cache)

    async def _fetch(self, wanted: Wanted, path: Path) -> None:
        """Wait for a file that somebody fetches, or fetch it.

        A container that stops to wait does not stop the download.
        """
        running = self._running.get(path)
        if running is None:
            loop = asyncio.get_running_loop()
            cache = path.parent.parent
            running = loop.run_in_executor(self._threads, self._download, wanted, cache)
            self._running[path] = running
            running.add_done_callback(lambda _: self._running.pop(path, None))
        try:
            await asyncio.shield(running)
        except _FAILURES as error:
            raise LocalizationFailed(_words(error)) from error

    def _download(self, wanted: Wanted, cache: Path) -> Path:
        return download.fetch(self._storages(wanted.url), wanted, cache)


def _size(start: ContainerStart, link: str) -> int:
    return start.context.local_resources[link].size


def _words(error: Exception) -> str:
    """Return what YARN's diagnostics would say of a failure."""
    remote_text = getattr(error, "remote_text", "")
    if isinstance(remote_text, str) and remote_text:
        return remote_text
    text = str(error)
    java_class = (
        "org.apache.hadoop.security.AccessControlException"
        if isinstance(error, PermissionError)
        else "java.io.IOException"
    )
    return f"{text}\n{java_class}: {text}\n"
