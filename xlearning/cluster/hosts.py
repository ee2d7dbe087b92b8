"""Host names for NodeManagers that share a machine: nm1, nm2 …

All of 127/8 is this machine, so each NodeManager can have an address 127.0.2.x and,
by a line in /etc/hosts, a name of its own. That makes locality, "one worker per node"
and node labels what they are on a real cluster. (Not 127.0.1.x: Debian puts the
machine's own name there.) Clusters share the names; their ports differ.

Where the names cannot be had, the caller falls back to one name for all and
`yarn.scheduler.include-port-in-node-name`.
"""

from __future__ import annotations

import fcntl
import socket
from dataclasses import dataclass
from pathlib import Path

HOSTS_FILE = Path("/etc/hosts")


@dataclass(frozen=True)
class HostNames:
    """Whether the NodeManagers can have names of their own.

    Attributes:
        usable: The names exist and lead to this machine.
        reason: Why not, "" if usable.
    """

    usable: bool
    reason: str = ""


def node_address(number: int) -> str:
    """Return the address of the n-th NodeManager, counted from 1."""
    return f"127.0.2.{number}"


def parse_hosts(text: str) -> list[tuple[str, list[str]]]:
    """Return (address, names) of each line of a hosts file."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [(words[0], words[1:]) for words in lines if len(words) > 1]


def missing_lines(text: str, count: int) -> list[str]:
    """Return the lines to add to a hosts file so that it has nm1 … nm<count>.

    Raises:
        ValueError: A name or an address has another meaning there. (The first name of
            an address is the one that YARN uses, so that it must be ours.)
    """
    lines = parse_hosts(text)
    missing = []
    for number in range(1, count + 1):
        name, address = f"nm{number}", node_address(number)
        by_name = next((line[0] for line in lines if name in line[1]), None)
        by_address = next((line[1][0] for line in lines if line[0] == address), None)
        if by_name is None and by_address is None:
            missing.append(f"{address} {name}")
        elif (by_name, by_address) != (address, name):
            raise ValueError(f"`{name}` or {address} means something else there")
    return missing


def ensure_host_names(count: int, path: Path = HOSTS_FILE) -> HostNames:
    """See to it that nm1 … nm<count> lead to this machine, writing them if need be."""
    try:
        if missing_lines(path.read_text(), count):
            _add_lines(count, path)
    except OSError as error:
        return HostNames(False, f"{path}: {error.strerror}")
    except ValueError as error:
        return HostNames(False, f"{path}: {error}")
    return _try_names(count)


def _add_lines(count: int, path: Path) -> None:
    """Append under a lock: in a Docker container the file cannot be replaced."""
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        start = "" if text.endswith("\n") or not text else "\n"
        lines = missing_lines(text, count)
        file.write(start + "".join(line + "\n" for line in lines))


def _try_names(count: int) -> HostNames:
    for number in (1, count):
        name, address = f"nm{number}", node_address(number)
        try:
            found = socket.gethostbyname(name)
            with socket.socket() as probe:
                probe.bind((address, 0))
        except OSError as error:
            return HostNames(False, f"{name}: {error.strerror}")
        if found != address:
            return HostNames(False, f"{name} leads to {found}, not to {address}")
    return HostNames(True)
