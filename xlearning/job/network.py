"""Which of a node's addresses tasks tell each other. Pure.

A node's name in YARN stands for one address. Where programs are to talk over another
network, the job names it, by an interface that is called the same on all nodes (`ib0`)
or by what the addresses have in common (`10.1.0.0/16`).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INTERFACE_KEY = "xlearning.network.interface"
_LONGEST_NAME = 15
"""Linux: `IFNAMSIZ` without the zero byte."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Home(NamedTuple):
    """Where a task is on its node.

    Attributes:
        address: How others reach it: a name or an IP address.
        interface: What the node calls the interface, "" where the job names none.
    """

    address: str
    interface: str = ""

    def endpoint(self, ports: str) -> str:
        """Return `host:ports`, with brackets around an IPv6 address."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{ports}"


def check_interface(wanted: str) -> None:
    """Check what a user has written for an interface.

    Raises:
        ConfigError: It is neither a name nor a network.
    """
    if "/" in wanted:
        _network(wanted)
    elif len(wanted) > _LONGEST_NAME or any(letter.isspace() for letter in wanted):
        raise ConfigError(
            f"{INTERFACE_KEY}: `{wanted}` cannot be the name of an interface",
            hint="write a name that `ip address` shows on the nodes (`eth1`), or a "
            "network (`10.1.0.0/16`)",
        )


def home_on(wanted: str, node: str, present: Mapping[str, Sequence[str]]) -> Home:
    """Return the address of a node on the interface or in the network that is wanted.

    IPv4 comes before IPv6, because many programs know only that; addresses that are
    valid on one link alone (`fe80::/10`) are of no use to others.

    Args:
        wanted: A name, or a network.
        node: The node's name, for the message.
        present: Each interface that is up to its addresses.

    Raises:
        ConfigError: The node has none.
    """
    network = _network(wanted) if "/" in wanted else None
    homes = [
        (ipaddress.ip_address(text).version, Home(text, interface))
        for interface, texts in present.items()
        for text in texts
        if _fits(ipaddress.ip_address(text), network)
        and (network is not None or interface == wanted)
    ]
    if not homes:
        raise ConfigError(_lacking(wanted, node, present))
    return min(homes, key=lambda home: home[0])[1]


def _fits(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: _Network | None
) -> bool:
    if address.version == 6 and address.is_link_local:
        return False
    return network is None or address in network


def _network(text: str) -> _Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"{INTERFACE_KEY}: `{text}` is no network: {error}",
            hint="a network is an address with the number of its leading bits: "
            "`10.1.0.0/16`",
        ) from error


def _lacking(wanted: str, node: str, present: Mapping[str, Sequence[str]]) -> str:
    what = f"in `{wanted}`" if "/" in wanted else f"on an interface `{wanted}`"
    has = "; ".join(f"{name} {', '.join(texts)}" for name, texts in present.items())
    return f"{node} has no address {what} ({INTERFACE_KEY}); it has {has or 'none'}"
