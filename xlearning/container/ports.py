"""Holds ports of this node for the trainer.

The socket is bound without SO_REUSEADDR, so that a port that anybody uses is not taken,
and to all addresses of both families: a server may listen on any of them. As long as it
is there, the kernel gives its number to nobody: not to who asks for any port, not to an
outgoing connection, not to who asks for just this one.

When the trainer starts, the port is opened to it in one of two ways. `share` sets
SO_REUSEADDR, so that a server that sets it too (gRPC's and CPython's do) may bind and
listen beside us; we never listen. For other servers the socket has to go: it is closed
by the `execve` that makes the trainer (`shim`).

What remains is that somebody else asks for just this number in the meantime, with
SO_REUSEADDR in the first case. `HeldPort.is_lost` tells, when the trainer has failed.
"""

from __future__ import annotations

import errno
import random
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKEN = (errno.EADDRINUSE, errno.EACCES)
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_IN_USE = frozenset({"01", "02", "03", "0A"})
"""ESTABLISHED, SYN_SENT, SYN_RECV and LISTEN of `include/net/tcp_states.h`; in the
others a connection lingers after its process."""


class HeldPort:
    """A port, held until `close`.

    Attributes:
        number: The port.
    """

    def __init__(self, held: socket.socket) -> None:
        """Own a bound socket."""
        self._socket = held
        self._closed = False
        self.number: int = held.getsockname()[1]

    def share(self) -> None:
        """Let servers that set SO_REUSEADDR listen beside us."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def fileno(self) -> int:
        """Return the descriptor that holds it."""
        return self._socket.fileno()

    def close(self) -> None:
        """Let others have it, once nobody has inherited the descriptor."""
        self._closed = True
        self._socket.close()

    def is_lost(self) -> bool:
        """Say whether somebody else has it, now that the trainer has ended."""
        states = {state for local, state in _connections() if local == self.number}
        if states or not self._closed:
            return bool(states & _IN_USE)
        again = _bind(self.number)  # who binds and does not listen is in no table
        if again is not None:
            again.close()
        return again is None


def hold_port(first: int, end: int) -> HeldPort | None:
    """Take a random free port of `first` … `end` - 1.

    Returns:
        None when none of them is free.
    """
    for number in random.sample(range(first, end), end - first):
        held = _bind(number)
        if held is not None:
            return HeldPort(held)
    return None


def _connections() -> Iterator[tuple[int, str]]:
    """Yield local port and state of all sockets of this node that are not just bound.

    The lines are those of Linux's `proc_net_tcp.txt`.
    """
    for table in map(Path, _TABLES):
        lines = table.read_text().splitlines() if table.exists() else []
        for line in lines[1:]:
            _, local, _, state, *_ = line.split()
            yield int(local.rpartition(":")[2], 16), state


def _bind(number: int) -> socket.socket | None:
    held = _of_all_addresses()
    try:
        held.bind(("", number))
    except OSError as error:
        held.close()
        if error.errno in _TAKEN:
            return None
        raise
    return held


def _of_all_addresses() -> socket.socket:
    """Return a socket of both families, of one where the node has no IPv6."""
    if not socket.has_dualstack_ipv6():
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return held
