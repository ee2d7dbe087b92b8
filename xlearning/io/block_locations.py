"""Asks NameNodes where files are, by WebHDFS: hdfs-native does not say it.

To know it is worth something, to wait for it is not: the largest files are asked for
first, and what is not known when the time is up counts as being nowhere. No error of a
NameNode is ours: the job runs as well, only farther from its data.

Where there is Kerberos nobody is asked. A NameNode would take the job's HDFS token
(`&delegation=`, seen for other calls); but such clusters are refused at submission so
far, so that nothing here could be run on one.
"""

from __future__ import annotations

import http.client
import logging
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from xlearning.config.cluster import is_secured
from xlearning.io.locality import (
    Near,
    bytes_by_host,
    parse_locations,
    web_addresses,
)
from xlearning.io.uris import split_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xlearning.io.formats.base import Block
    from xlearning.io.splits import InputFile

logger = logging.getLogger(__name__)

PATIENCE_S = 0.4
"""Less than an agent takes to start, so that none waits for this."""
THREADS = 8


def locate(
    files: Sequence[InputFile],
    properties: Mapping[str, str],
    user: str,
    patience_s: float = PATIENCE_S,
) -> Near:
    """Return where files are, as far as that can be known in time.

    Args:
        files: Any; only those on an HDFS without Kerberos are looked for.
        properties: Hadoop's, resolved.
        user: Whom to act as.
        patience_s: The time for all of them.
    """
    near = Near()
    if is_secured(properties):
        return near
    wanted: dict[str, list[InputFile]] = {}
    for file in sorted(files, key=lambda each: -each.length):
        if file.length:
            wanted.setdefault(split_url(file.uri).root, []).append(file)
    deadline = time.monotonic() + patience_s
    asked: list[Future[None]] = []
    with ThreadPoolExecutor(THREADS, "locate") as pool:
        for group in wanted.values():
            addresses = web_addresses(group[0].uri, properties)
            queue = deque(group)
            asker = _Asker(addresses, user, deadline, near)
            threads = min(THREADS, len(group)) if addresses else 0
            asked += [pool.submit(asker.work, queue) for _ in range(threads)]
    for each in asked:
        each.result()
    return near


@contextmanager
def _put_back(queue: deque[InputFile], file: InputFile) -> Iterator[None]:
    """Leave a file for the next NameNode when this one does not answer."""
    try:
        yield
    except Exception:
        queue.appendleft(file)
        raise


class _Asker:
    """Asks one file system; any number of threads may work."""

    def __init__(
        self, addresses: Sequence[str], user: str, deadline: float, near: Near
    ) -> None:
        self._addresses = addresses
        self._user = user
        self._deadline = deadline
        self._near = near

    def work(self, queue: deque[InputFile]) -> None:
        """Ask for files, from the first NameNode that answers, until time is up."""
        for address in self._addresses:
            if self._left_s() <= 0:
                return
            try:
                self._ask(address, queue)
            except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
                logger.info("%s does not say where files are: %s", address, error)
            else:
                return

    def _ask(self, address: str, queue: deque[InputFile]) -> None:
        """Ask for file after file over one connection."""
        parts = urlsplit(address)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        timeout_s = max(0.01, self._left_s())
        with closing(kind(parts.netloc, timeout=timeout_s)) as connection:
            while self._left_s() > 0:
                try:
                    file = queue.popleft()
                except IndexError:
                    return
                with _put_back(queue, file):
                    blocks = self._locations(connection, file)
                self._near.blocks[file.uri] = blocks
                self._near.files[file.uri] = bytes_by_host(blocks)

    def _left_s(self) -> float:
        return self._deadline - time.monotonic()

    def _locations(
        self, connection: http.client.HTTPConnection, file: InputFile
    ) -> tuple[Block, ...]:
        query = urlencode({"op": "GETFILEBLOCKLOCATIONS", "user.name": self._user})
        path = quote(split_url(file.uri).path, errors="surrogateescape")
        connection.request("GET", f"/webhdfs/v1{path}?{query}")
        with connection.getresponse() as answer:
            data = answer.read()
        if answer.status != http.client.OK:
            raise http.client.HTTPException(f"status {answer.status}")
        return parse_locations(data)
