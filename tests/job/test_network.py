"""Which address of a node is told, and what a user may write for it."""

from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.job.network import Home, check_interface, home_on

PRESENT = {
    "lo": ["127.0.0.1", "::1"],
    "eth0": ["192.0.2.7"],
    "eth1": ["fe80::1", "2001:db8::7", "10.1.0.7"],
    "ib0": ["fe80::2", "2001:db8:1::7"],
    "eth10": ["10.2.0.7"],
    "tun0": ["fe80::3"],
}


@pytest.mark.parametrize(
    ("wanted", "address", "interface"),
    [
        ("eth0", "192.0.2.7", "eth0"),
        ("eth1", "10.1.0.7", "eth1"),
        ("ib0", "2001:db8:1::7", "ib0"),
        ("lo", "127.0.0.1", "lo"),
        ("10.1.0.0/16", "10.1.0.7", "eth1"),
        ("10.2.0.9/24", "10.2.0.7", "eth10"),
        ("10.0.0.0/8", "10.1.0.7", "eth1"),
        ("2001:db8::/64", "2001:db8::7", "eth1"),
        ("192.0.2.7/32", "192.0.2.7", "eth0"),
    ],
)
def test_an_address_is_found(wanted: str, address: str, interface: str) -> None:
    check_interface(wanted)
    assert home_on(wanted, "n1", PRESENT) == Home(address, interface)


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("eth", "on an interface `eth`"),
        ("eth2", "on an interface `eth2`"),
        ("tun0", "on an interface `tun0`"),
        ("172.16.0.0/12", "in `172.16.0.0/12`"),
        ("fe80::/10", "in `fe80::/10`"),
    ],
)
def test_a_node_without_it_says_what_it_has(wanted: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        home_on(wanted, "n1", PRESENT)
    text = str(caught.value)
    assert text.startswith(f"n1 has no address {what} (xlearning.network.interface); ")
    assert "; it has lo 127.0.0.1, ::1; eth0 192.0.2.7; " in text
    with pytest.raises(ConfigError, match=r"; it has none$"):
        home_on(wanted, "n1", {})


@pytest.mark.parametrize(
    ("wanted", "match"),
    [
        ("10.1.0.0/33", "`10.1.0.0/33` is no network"),
        ("eth0/24", "`eth0/24` is no network"),
        ("eth0 eth1", "`eth0 eth1` cannot be the name of an interface"),
        ("a-name-that-is-too-long", "cannot be the name"),
    ],
)
def test_what_cannot_be_one_is_refused(wanted: str, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        check_interface(wanted)
    assert caught.value.hint


def test_no_interface_is_no_mistake() -> None:
    check_interface("")


def test_an_endpoint_has_brackets_around_an_ipv6_address() -> None:
    assert Home("n1").endpoint("20001,20002") == "n1:20001,20002"
    assert Home("10.1.0.7").endpoint("20001") == "10.1.0.7:20001"
    assert Home("2001:db8::7", "ib0").endpoint("20001") == "[2001:db8::7]:20001"
