"""This machine's own interfaces, and what its names stand for."""

from __future__ import annotations

import socket

import pytest

from xlearning.container.interfaces import (
    Naming,
    address_of,
    find_home,
    present_addresses,
)
from xlearning.errors import ConfigError
from xlearning.job.network import Home


def test_the_loopback_is_found_by_its_name_and_by_its_network() -> None:
    here = Home("127.0.0.1", "lo")
    assert find_home("n1", Naming("lo")) == here
    assert find_home("n1", Naming("127.0.0.0/8")) == here


def test_every_address_that_is_told_can_be_listened_on() -> None:
    present = present_addresses()
    assert "127.0.0.1" in present["lo"]
    with_ipv4 = [name for name, texts in present.items() if "." in "".join(texts)]
    for name in with_ipv4:
        home = find_home("n1", Naming(name))
        assert home.address in present[name]
        with socket.create_server((home.address, 0)) as server:
            there = server.getsockname()
            socket.create_connection(there, timeout=5).close()


def test_a_node_without_the_interface_says_what_it_has() -> None:
    with pytest.raises(ConfigError, match=r"n1 has no address .* it has .*lo 127"):
        find_home("n1", Naming("nosuch0"))


def test_without_an_interface_the_name_counts() -> None:
    assert find_home("no-such-host.invalid", Naming()) == Home("no-such-host.invalid")
    home = find_home("localhost", Naming(numeric=True))
    assert home in (Home("127.0.0.1"), Home("::1"))


def test_the_address_of_a_name_is_a_number() -> None:
    assert address_of("localhost") in {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"not known|resolution"):
        address_of("no-such-host.invalid")
