"""Finds where a task is on its node: under the node's name, or on an interface."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, NamedTuple

import psutil

from xlearning.job.network import Home, home_on

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAMILIES = (socket.AF_INET, socket.AF_INET6)


class Naming(NamedTuple):
    """How the tasks of a job call their nodes.

    Attributes:
        interface: By their address on this interface or in this network, "" by
            whichever their name stands for.
        numeric: By IP address, also where no interface is named.
    """

    interface: str = ""
    numeric: bool = False


def find_home(host: str, naming: Naming) -> Home:
    """Return where this node is for the tasks of a job.

    Args:
        host: The node's name in YARN.
        naming: How the job's tasks call their nodes.

    Raises:
        ConfigError: It has no such interface.
        OSError: Its name stands for no address.
    """
    if naming.interface:
        return home_on(naming.interface, host, present_addresses())
    return Home(address_of(host) if naming.numeric else host)


def address_of(host: str) -> str:
    """Return the IP address that a node's name stands for.

    Raises:
        OSError: It stands for none.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def present_addresses() -> Mapping[str, list[str]]:
    """Return the addresses of each interface that is up."""
    states = psutil.net_if_stats()
    present: dict[str, list[str]] = {}
    for name, addresses in psutil.net_if_addrs().items():
        # an address may have a label of its own: `eth0:1`
        state = states.get(name.partition(":")[0])
        texts = [each.address for each in addresses if each.family in _FAMILIES]
        if texts and (state is None or state.isup):
            present[name] = [text.partition("%")[0] for text in texts]
    return present
