"""HDFS through WebHDFS: what tests put there and see there owes nothing to our code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT_S = 60.0


class WebHdfs:
    """One user's view of an HDFS."""

    def __init__(self, namenode_url: str, user: str) -> None:
        """Speak to a NameNode's web address as `user`."""
        self._base = f"{namenode_url}/webhdfs/v1"
        self._user = user

    def put(self, path: str, data: bytes, **query: str) -> None:
        """Write a file, and the folders above it; `query`: e.g. its `replication`."""
        self._call("PUT", path, op="CREATE", overwrite="true", data=data, **query)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it."""
        self._call("PUT", path, op="MKDIRS")

    def rename(self, path: str, target: str) -> None:
        """Rename a file or folder."""
        self._call("PUT", path, op="RENAME", destination=target)

    def set_quota(self, path: str, names: int) -> None:
        """Let a folder hold so many files and folders, itself among them."""
        self._call("PUT", path, op="SETQUOTA", namespacequota=str(names))

    def put_folder(self, local: Path, path: str) -> None:
        """Write all files of a local folder."""
        for file in sorted(local.iterdir()):
            self.put(f"{path}/{file.name}", file.read_bytes())

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return self._call("GET", path, op="OPEN").content

    def hosts(self, path: str) -> list[set[str]]:
        """Return the hosts of each block of a file."""
        answer = self._call("GET", path, op="GETFILEBLOCKLOCATIONS").json()
        blocks = answer["BlockLocations"]["BlockLocation"]
        return [set(block["hosts"]) for block in blocks]

    def delete(self, path: str) -> None:
        """Delete a file or folder; one that is not there is fine."""
        self._call("DELETE", path, op="DELETE", recursive="true")

    def exists(self, path: str) -> bool:
        """Say whether there is such a file or folder."""
        return self._send("GET", path, op="GETFILESTATUS").status_code != 404

    def entries(self, path: str) -> list[dict[str, Any]]:
        """Return the statuses of a folder's entries; [] if it is not there."""
        answer = self._send("GET", path, op="LISTSTATUS")
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        statuses: list[dict[str, Any]] = answer.json()["FileStatuses"]["FileStatus"]
        return statuses

    def walk(self, path: str) -> Iterator[str]:
        """Yield all paths below a folder; folders end in a slash."""
        for status in self.entries(path or "/"):
            below = f"{path.rstrip('/')}/{status['pathSuffix']}"
            if status["type"] == "DIRECTORY":
                yield f"{below}/"
                yield from self.walk(below)
            else:
                yield below

    def files(self, path: str) -> dict[str, bytes]:
        """Return the content of all files below a folder, by path below it."""
        found = [name for name in self.walk(path) if not name.endswith("/")]
        return {name.removeprefix(f"{path}/"): self.read(name) for name in found}

    def _call(
        self, method: str, path: str, *, data: bytes | None = None, **query: str
    ) -> requests.Response:
        answer = self._send(method, path, data=data, **query)
        answer.raise_for_status()
        return answer

    def _send(
        self, method: str, path: str, *, data: bytes | None = None, **query: str
    ) -> requests.Response:
        return requests.request(
            method,
            self._base + path,
            params={**query, "user.name": self._user},
            data=data,
            timeout=_TIMEOUT_S,
        )
