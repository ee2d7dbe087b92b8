"""Collects the logs of an application's containers into one file. Blocks."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.io import uris
from xlearning.local.node import log_folder
from xlearning.local.node.tfile_writer import TFileWriter, utf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from xlearning.io.aggregated_logs import LogFolder
    from xlearning.io.storage import Storage

_ROOT_MODE, _FOLDER_MODE, _FILE_MODE = 0o1777, 0o770, 0o640
_READ_BYTES = 1 << 20
_FORMAT = (1).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class LogOwner:
    """Whose logs they are.

    Attributes:
        user: Who ran the application.
        node: `<host>_<port>` of the NodeManager, the name of the file.
        acls: `VIEW_APP` and `MODIFY_APP` to users and groups.
    """

    user: str
    node: str
    acls: Mapping[str, str]

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(
            {"user": self.user, "node": self.node, "acls": dict(self.acls)}
        )

    @classmethod
    def from_json(cls, text: str) -> LogOwner:
        """Read the text."""
        return cls(**json.loads(text))


def aggregate(
    storage: Storage, target: LogFolder, logs: Path, owner: LogOwner
) -> str | None:
    """Write a file with all logs of an application; None when there are none.

    The file has `.tmp` at its end until it is complete. One that is there already, of
    an earlier life of the node, is kept: the new one's name gets the time.

    Returns:
        The path of the file.

    Raises:
        OSError: It cannot be written; the logs are where they were.
    """
    containers = (
        sorted(p for p in logs.iterdir() if p.is_dir()) if logs.exists() else []
    )
    if not containers:
        return None
    folder = target.candidates[0]
    if storage.stat(target.root) is None:
        storage.mkdirs(target.root, _ROOT_MODE)
    storage.mkdirs(folder, _FOLDER_MODE)
    path = uris.join(folder, owner.node)
    if storage.stat(path) is not None:
        path += f"_{time.time_ns() // 1_000_000}"
    with tempfile.NamedTemporaryFile(dir=logs, prefix=".aggregated") as file:
        write(file, containers, owner)
        temporary = f"{path}.tmp"
        storage.put(Path(file.name), temporary, mode=_FILE_MODE, overwrite=True)
    storage.rename(temporary, path)
    return path


def write(file: IO[bytes], containers: list[Path], owner: LogOwner) -> None:
    """Write the logs of containers, each in a folder of its id."""
    writer = TFileWriter()
    file.write(writer.begin())
    acls = b"".join(utf(name) + utf(acl) for name, acl in sorted(owner.acls.items()))
    heads = {
        "VERSION": _FORMAT,
        "APPLICATION_ACL": acls,
        "APPLICATION_OWNER": utf(owner.user),
    }
    for key, value in heads.items():
        file.writelines(writer.record(key, [value]))
    for folder in containers:
        file.writelines(writer.record(folder.name, _files(folder)))
    file.writelines(writer.end())
    file.flush()


def _files(folder: Path) -> Iterator[bytes]:
    """Yield each file's name, its length, and exactly so many bytes.

    A file that a process still writes to is cut at the length that it had; one that
    gets shorter meanwhile is filled with zeros, for the length stands before it.
    """
    for log in log_folder.list_files(folder):
        with (folder / log.name).open("rb") as file:
            yield utf(log.name) + utf(str(log.size))
            left = log.size
            while left > 0:
                piece = file.read(min(left, _READ_BYTES)) or bytes(min(left, 4096))
                left -= len(piece)
                yield piece
