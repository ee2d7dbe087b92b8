"""`cluster.json`: what was asked for, and the ports; and the lock on the home folder.

The file says nothing about processes: which daemons live is asked of the kernel
(`processes.py`) each time.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping  # noqa: TC003 - msgspec reads Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from xlearning.cluster.spec import ClusterSpec  # noqa: TC001 - msgspec reads it
from xlearning.errors import ConfigError, XLearningError

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.cluster.layout import Layout


@dataclass(frozen=True)
class ClusterState:
    """What stays the same from one command to the next.

    Attributes:
        spec: What was asked for.
        ports: Ports by key (`ClusterSpec.port_keys`).
        own_host_names: NodeManagers are called nm1, nm2 …
    """

    spec: ClusterSpec
    ports: Mapping[str, int]
    own_host_names: bool


def read_state(layout: Layout) -> ClusterState | None:
    """Return what `cluster.json` says, None without such a file.

    Raises:
        ConfigError: The file cannot be read or understood.
    """
    path = layout.state_file
    try:
        return msgspec.json.decode(path.read_bytes(), type=ClusterState)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"`{path}` cannot be read: {error}",
            hint="`xl cluster down --wipe` removes the cluster with its data",
        ) from error
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {error.strerror}") from error


def _refuse_foreign(layout: Layout) -> None:
    """Refuse a folder in which something else lives: a wipe would hit it.

    `cluster.json` is the first thing that is made in a home, and the last to go.
    """
    if layout.state_file.exists():
        return
    found = {path.name for path in layout.home.iterdir()} - {layout.lock_file.name}
    foreign = sorted(found)
    if foreign:
        raise ConfigError(
            f"`{layout.home}` is no cluster's home: it has `{foreign[0]}` in it",
            hint="name an empty or a new folder with `--home`",
        )


def write_state(layout: Layout, state: ClusterState) -> None:
    """Write `cluster.json`, whole or not at all."""
    text = msgspec.json.format(msgspec.json.encode(state), indent=2)
    replace_file(layout.state_file, text.decode() + "\n")


def replace_file(path: Path, text: str) -> None:
    """Write a file by way of a second one, so that no reader sees half of it."""
    written = path.with_name(f".{path.name}.new")
    written.write_text(text)
    written.replace(path)


@contextmanager
def home_lock(layout: Layout) -> Iterator[None]:
    """Hold the home folder, made if need be: one command at a time changes a cluster.

    Raises:
        ConfigError: The folder cannot be made, or is not a cluster's.
        XLearningError: Another command holds it.
    """
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(layout)
        file = layout.lock_file.open("w")
    except OSError as error:
        raise ConfigError(
            f"`{layout.home}` cannot be used: {error.strerror}",
            hint="name another folder with `--home`",
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise XLearningError(
                f"another command is changing the cluster in `{layout.home}`",
                hint="wait for it, or name another folder with `--home`",
            ) from error
        yield
