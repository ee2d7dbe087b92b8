"""Holds a port of this node for the trainer.

The socket is bound without SO_REUSEADDR, so that a port that anybody uses is not taken;
then the option is set, so that the trainer's server, if it sets it too (gRPC's and
CPython's do), may bind and listen beside us. We never listen. As long as our socket is
there, other agents and the kernel's ephemeral ports keep away.
"""

from __future__ import annotations

import errno
import random
import socket

_TAKEN = (errno.EADDRINUSE, errno.EACCES)


class HeldPort:
    """A port, held until `close`.

    Attributes:
        number: The port.
    """

    def __init__(self, held: socket.socket) -> None:
        """Own a bound socket."""
        self._socket = held
        self.number: int = held.getsockname()[1]

    def close(self) -> None:
        """Let others have it."""
        self._socket.close()


def hold_port(host: str, first: int, end: int) -> HeldPort | None:
    """Take a random free port of `first` … `end` - 1.

    Args:
        host: The node's name; its address is bound, or all addresses where the name
            stands for an address that this machine does not have (NAT).
        first: First port of the range.
        end: One past the last.

    Returns:
        None when none of them is free.
    """
    family, address = _address(host)
    numbers = random.sample(range(first, end), end - first)
    for number in numbers:
        held = _bind(family, address, number)
        if held is not None:
            return HeldPort(held)
    return None


def address_of(host: str) -> str:
    """Return the IP address that a node's name stands for.

    Raises:
        OSError: It stands for none.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def _bind(
    family: socket.AddressFamily, address: str, number: int
) -> socket.socket | None:
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.bind((address, number))
    except OSError as error:
        held.close()
        if error.errno in _TAKEN:
            return None
        raise
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return held


def _address(host: str) -> tuple[socket.AddressFamily, str]:
    """Return the node's own address, or "" for all."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return socket.AF_INET, ""
    family, _, _, _, where = found[0]
    address = str(where[0])
    probe = socket.socket(family, socket.SOCK_STREAM)
    try:
        probe.bind((address, 0))
    except OSError:
        return family, ""
    finally:
        probe.close()
    return family, address
