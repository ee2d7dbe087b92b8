"""The logs of an ended application, as YARN collected them on HDFS.

`<remote-app-log-dir>/<user>/bucket-<suffix>-tfile/<last 4 digits>/<application>/` has
one TFile per node, `<host>_<port>`; its name ends in `.tmp` until it is complete.
Hadoop before 3.3 had `<remote-app-log-dir>/<user>/<suffix>/<application>/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.errors import RemoteProtocolError
from xlearning.io import tfile, uris

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.storage import Storage

_READ_BYTES = 1 << 20
_OTHER_KEYS = ("VERSION", "APPLICATION_ACL", "APPLICATION_OWNER")


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Where an application's logs are.

    Attributes:
        root: `yarn.nodemanager.remote-app-log-dir`.
        suffix: `yarn.nodemanager.remote-app-log-dir-suffix`.
        user: Who ran the application.
        application_id: `application_<cluster time stamp>_<number>`.
    """

    root: str
    user: str
    application_id: str
    suffix: str = "logs"

    @property
    def candidates(self) -> tuple[str, str]:
        """Where to look: the newer place, then the older one."""
        number = int(self.application_id.rpartition("_")[2])
        home = uris.join(self.root, self.user)
        bucket = f"bucket-{self.suffix}-tfile"
        return (
            uris.join(home, bucket, f"{number % 10000:04d}", self.application_id),
            uris.join(home, self.suffix, self.application_id),
        )


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of one container.

    Attributes:
        container_id: YARN's id.
        name: E.g. `stdout`.
        length: In bytes.
        node: `<host>_<port>` of the NodeManager.
        path: The TFile that holds it.
    """

    container_id: str
    name: str
    length: int
    node: str
    path: str


def list_logs(storage: Storage, folder: LogFolder) -> tuple[LogFile, ...]:
    """Return the log files of an application, by container, node and name.

    Nothing is returned before the first node has delivered.

    Raises:
        PermissionError: They belong to somebody else.
        RemoteProtocolError: A file is damaged.
    """
    found: list[LogFile] = []
    for path in folder.candidates:
        if storage.stat(path) is None:
            continue
        for status in storage.list(path):
            if not status.is_dir and not status.name.endswith(".tmp"):
                found.extend(_files_of_node(storage, status.path, status.length))
        break
    return tuple(sorted(found, key=lambda f: (f.container_id, f.node, f.name)))


def read_log(
    storage: Storage, log: LogFile, offset: int = 0, length: int | None = None
) -> Iterator[bytes]:
    """Yield the bytes of one log file in pieces.

    Args:
        storage: What `list_logs` was given.
        log: One of its results.
        offset: The first byte; a negative one counts from the end.
        length: How many bytes, None for all.

    Raises:
        FileNotFoundError: The file is not there any more.
        RemoteProtocolError: It is damaged.
    """
    start = max(0, log.length + offset) if offset < 0 else min(offset, log.length)
    left = log.length - start if length is None else min(length, log.length - start)
    for found, value in _entries(storage, log.path):
        if (found.container_id, found.name) != (log.container_id, log.name):
            value.skip(found.length)
            continue
        value.skip(start)
        while left > 0:
            piece = value.read(min(left, _READ_BYTES))
            if not piece:
                raise RemoteProtocolError(f"`{log.path}` is cut off")
            left -= len(piece)
            yield piece
        return
    raise FileNotFoundError(f"{log.path} has no {log.name} of {log.container_id}")


def _files_of_node(storage: Storage, path: str, length: int) -> Iterator[LogFile]:
    for found, value in _entries(storage, path, length):
        yield found
        value.skip(found.length)


def _entries(
    storage: Storage, path: str, length: int | None = None
) -> Iterator[tuple[LogFile, tfile.ChunkedValue]]:
    """Yield each log file with a source that stands at its first byte.

    The consumer has to read or skip exactly the file's length before it goes on.
    """
    if length is None:
        status = storage.stat(path)
        if status is None:
            raise FileNotFoundError(path)
        length = status.length
    node = uris.base_name(path)

    def read_range(offset: int, size: int) -> bytes:
        return storage.read_range(path, offset, size)

    for key, value in tfile.records(read_range, length):
        if key in _OTHER_KEYS:
            continue
        while not value.at_end():
            name = tfile.read_utf(value)
            size = int(tfile.read_utf(value))
            yield LogFile(key, name, size, node, path), value
