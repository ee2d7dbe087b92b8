"""Which TCP ports the daemons listen at.

Ports are chosen once and kept in `cluster.json`, so that a restarted daemon is found
where it was. Free ones are looked for below the range from which the kernel takes the
ports of outgoing connections: between a kill and a restart of a daemon nobody gets
its port by chance.
"""

from __future__ import annotations

import errno
import socket
import zlib
from typing import TYPE_CHECKING

from xlearning.cluster.spec import PORT_USES, ClusterSpec, DaemonName, port_key
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LOWEST = 20000
HIGHEST = 32000
"""Linux hands out 32768 and above to outgoing connections unless told otherwise."""


def is_free(port: int) -> bool:
    """Say whether nobody listens at a port on any local address.

    SO_REUSEADDR as Java's server sockets have it: the remains of closed connections
    (TIME_WAIT) do not count as taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def row_from(base: int, keys: Iterable[str]) -> dict[str, int]:
    """Give the ports `base`, `base + 1` … to the keys."""
    return {key: base + offset for offset, key in enumerate(keys)}


def choose_ports(
    spec: ClusterSpec, home: Path, known: Mapping[str, int]
) -> dict[str, int]:
    """Return a port for each key of the cluster; the known ones are kept.

    A home folder leads to the same ports on every machine where they are free, and
    two homes most likely to different ones.

    Raises:
        ConfigError: No row of free ports was found.
    """
    keys = spec.port_keys
    if spec.base_port is not None:
        return row_from(spec.base_port, keys)
    missing = [key for key in keys if key not in known]
    if not missing:
        return {key: known[key] for key in keys}
    taken = set(known.values())
    span = HIGHEST - LOWEST
    start = zlib.crc32(str(home).encode()) % span
    for step in range(0, span, 10):
        base = LOWEST + (start + step) % span
        row = row_from(base, missing)
        if taken.isdisjoint(row.values()) and all(map(is_free, row.values())):
            return {key: known[key] for key in keys if key in known} | row
    raise ConfigError(
        f"no {len(missing)} free ports in a row between {LOWEST} and {HIGHEST}",
        hint="name a place where there are some: `--base-port 40000`",
    )


def taken_ports(
    daemons: Iterable[DaemonName], ports: Mapping[str, int]
) -> dict[str, int]:
    """Return those ports of the daemons at which somebody else listens.

    Args:
        daemons: Daemons that do not run and are about to be started.
        ports: The cluster's ports by key.
    """
    return {
        key: ports[key]
        for daemon in daemons
        for use in PORT_USES[daemon.kind]
        if not is_free(ports[key := port_key(daemon, use)])
    }


def refuse_taken(taken: Mapping[str, int]) -> None:
    """Raise if any port is taken.

    Raises:
        ConfigError: Names each port and what it was for.
    """
    if not taken:
        return
    listed = ", ".join(f"{port} ({key})" for key, port in taken.items())
    word = "port" if len(taken) == 1 else "ports"
    raise ConfigError(
        f"{word} {listed} taken by another program",
        hint="end that program (`ss -ltnp` names it), or give another `--base-port`",
    )
