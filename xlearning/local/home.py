"""The folder of a one-machine YARN: settings, ports, what it remembers, its lock.

server.json      what was asked for and the ports; stays
server.log       of the process; server.log.1 of the one before
conf/            what clients read: HADOOP_CONF_DIR
apps/            applications, one file each
tokens.json      the keys of tokens
nodes/<host>/    local folders and logs of a node
logs/            aggregated logs
hdfs/            what `hdfs:///` stands for
"""

from __future__ import annotations

import fcntl
import os
import pwd
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec

from xlearning.errors import ConfigError, XLearningError
from xlearning.local.saved import SavedApplication, SavedTokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FLOCK = "hhqqi4x"  # struct flock of Linux on 64 bits
HOME_VARIABLE = "XLEARNING_LOCAL_HOME"


def default_home() -> Path:
    """Return the home that is used when none is named."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(named) if named else Path.home() / ".cache/xlearning/local/default"


class LocalSpec(msgspec.Struct, frozen=True):
    """What was asked for.

    Attributes:
        nodes: How many NodeManagers.
        memory_mb: Of each.
        vcores: Of each.
        gpus: Of each.
        queues: As `settings.parse_queues` reads it.
        labels: `label=node,…` texts; nodes count from 1.
        conf: Hadoop's properties.
        idle_s: Ends after so long without a job or a request, 0 for never.
        heartbeat_ms: Between two heartbeats of a node.
    """

    nodes: int = 1
    memory_mb: int = 8192
    vcores: int = 8
    gpus: int = 0
    queues: str = "default"
    labels: tuple[str, ...] = ()
    conf: dict[str, str] = {}
    idle_s: float = 0.0
    heartbeat_ms: int = 20


class ServerFile(msgspec.Struct, frozen=True):
    """`server.json`: what stays the same from one start to the next.

    Attributes:
        spec: What was asked for.
        ports: By use: `web`, `scheduler`, `client`, `nodes`, `node1` …
        pid: Of the process that runs or ran.
        epoch: How often it was started.
    """

    spec: LocalSpec
    ports: dict[str, int]
    pid: int = 0
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """One folder."""

    path: Path

    @property
    def conf_dir(self) -> Path:
        """What clients read."""
        return self.path / "conf"

    @property
    def log_file(self) -> Path:
        """Of the process."""
        return self.path / "server.log"

    @property
    def last_log_file(self) -> Path:
        """Of the process before."""
        return self.path / "server.log.1"

    def node(self, host: str) -> Path:
        """Return a node's folder."""
        return self.path / "nodes" / host

    def read(self) -> ServerFile | None:
        """Return `server.json`, None without one.

        Raises:
            ConfigError: It cannot be read.
        """
        path = self.path / "server.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=ServerFile)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(
                f"`{path}` cannot be read: {error}",
                hint="name another folder with `--home`",
            ) from error

    def write(self, server: ServerFile) -> None:
        """Write `server.json`, whole or not at all.

        Raises:
            ConfigError: The disk is full, or somebody else's.
        """
        data = msgspec.json.format(msgspec.json.encode(server), indent=2)
        with self._usable():
            _replace(self.path / "server.json", data)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the home while a server runs in it.

        Raises:
            ConfigError: It cannot be used.
            XLearningError: Another server runs in it.
        """
        self.make()
        with self._usable():
            file = (self.path / "lock").open("w")
        with file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError) as error:
                raise XLearningError(
                    f"another process runs in `{self.path}`"
                ) from error
            yield

    def make(self) -> None:
        """Make the folder, unless it is there.

        Raises:
            ConfigError: It cannot be made, or is another user's.
        """
        with self._usable():
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            owner = self.path.stat().st_uid
        if owner != os.geteuid():  # root could write there, and its owner not any more
            raise ConfigError(
                f"`{self.path}` cannot be used: it belongs to {_name_of(owner)}",
                hint="name another folder with `--home`",
            )

    def server_pid(self) -> int | None:
        """Return the process that holds the home, None when there is none."""
        wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        try:
            with (self.path / "lock").open("r") as file:
                found = fcntl.fcntl(file, fcntl.F_GETLK, wanted)
        except OSError:
            return None
        kind, _, _, _, pid = struct.unpack(_FLOCK, found)
        return None if kind == fcntl.F_UNLCK else int(pid)

    def write_conf(self, files: Mapping[str, Mapping[str, str]]) -> None:
        """Write the configuration that clients read.

        Raises:
            ConfigError: The disk is full, or somebody else's.
        """
        with self._usable():
            (self.path / "hdfs").mkdir(exist_ok=True)
            self.conf_dir.mkdir(parents=True, exist_ok=True)
            for name, properties in files.items():
                _replace(self.conf_dir / name, _xml(properties).encode())

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigError(
                f"`{self.path}` cannot be used: {error.strerror}",
                hint="name another folder with `--home`",
            ) from error

    def save_tokens(self, tokens: SavedTokens) -> None:
        """Remember the keys of tokens.

        Raises:
            OSError: The disk is full.
        """
        _replace(self.path / "tokens.json", msgspec.json.encode(tokens))

    def tokens(self) -> SavedTokens | None:
        """Return the keys that are remembered, None without any."""
        try:
            data = (self.path / "tokens.json").read_bytes()
            return msgspec.json.decode(data, type=SavedTokens)
        except (OSError, msgspec.DecodeError):
            return None

    def save(self, application: SavedApplication) -> None:
        """Remember an application.

        Raises:
            OSError: The disk is full.
        """
        folder = self.path / "apps"
        folder.mkdir(exist_ok=True)
        _replace(folder / f"{application.id}.json", msgspec.json.encode(application))

    def forget(self, application: SavedApplication) -> None:
        """Remember an application no more."""
        (self.path / "apps" / f"{application.id}.json").unlink(missing_ok=True)

    def applications(self) -> list[SavedApplication]:
        """Return what is remembered, in the order of submission; damaged files not."""
        found = []
        for path in (self.path / "apps").glob("application_*.json"):
            with suppress(OSError, msgspec.DecodeError):
                found.append(
                    msgspec.json.decode(path.read_bytes(), type=SavedApplication)
                )
        return sorted(found, key=lambda each: each.submitted_ms)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _replace(path: Path, data: bytes) -> None:
    """Write a file that is there as a whole or not at all, for its owner alone."""
    written = path.with_name(f".{path.name}.new")
    with open(written, "wb", opener=_private) as file:
        file.write(data)
    written.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _xml(properties: Mapping[str, str]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<configuration>"]
    lines += [
        f"  <property><name>{escape(key)}</name><value>{escape(value)}</value>"
        "</property>"
        for key, value in sorted(properties.items())
    ]
    return "\n".join([*lines, "</configuration>", ""])
