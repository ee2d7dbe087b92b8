from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.cluster import ports
from xlearning.cluster.spec import ClusterSpec
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path("/somewhere/cluster")
SPEC = ClusterSpec(nodes=1)


@pytest.fixture
def listener() -> Iterator[int]:
    """A port at which somebody listens, on a loopback address only."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port


def test_a_port_is_taken_if_somebody_listens_at_any_address(listener: int) -> None:
    assert not ports.is_free(listener)


def test_a_closed_connection_leaves_its_port_free() -> None:
    # Below the range of outgoing connections, of which another could get the port.
    port = next(port for port in range(29000, 29999) if ports.is_free(port))
    address = ("127.0.0.1", port)
    with (
        socket.create_server(address) as server,
        socket.create_connection(address) as client,
    ):
        accepted, _ = server.accept()
        accepted.close()
        assert client.recv(1) == b""
    assert ports.is_free(port)


def test_ports_are_in_a_row_and_below_the_kernels_range() -> None:
    chosen = ports.choose_ports(SPEC, HOME, {})
    assert tuple(chosen) == SPEC.port_keys
    low = min(chosen.values())
    assert list(chosen.values()) == list(range(low, low + len(chosen)))
    assert ports.LOWEST <= low < ports.HIGHEST


def test_known_ports_are_kept_and_new_daemons_get_others() -> None:
    first = ports.choose_ports(SPEC, HOME, {})
    grown = ports.choose_ports(ClusterSpec(nodes=2), HOME, first)
    assert ports.choose_ports(SPEC, HOME, first) == first
    assert first.items() <= grown.items()
    assert len(set(grown.values())) == len(grown)


def test_taken_ports_are_passed_over() -> None:
    first = ports.choose_ports(SPEC, HOME, {})
    with socket.create_server(("127.0.0.1", first["namenode.rpc"])):
        second = ports.choose_ports(SPEC, HOME, {})
    assert first["namenode.rpc"] not in second.values()


def test_a_base_port_is_used_as_it_is() -> None:
    chosen = ports.choose_ports(ClusterSpec(nodes=1, base_port=40000), HOME, {})
    assert chosen["namenode.http"] == 40000
    assert chosen["namenode.rpc"] == 40001


def test_a_taken_port_is_named_with_its_use(listener: int) -> None:
    chosen = ports.choose_ports(SPEC, HOME, {}) | {"namenode.rpc": listener}
    taken = ports.taken_ports(SPEC.daemons, chosen)
    assert taken == {"namenode.rpc": listener}
    with pytest.raises(ConfigError, match=rf"port {listener} \(namenode.rpc\) taken"):
        ports.refuse_taken(taken)


def test_ports_of_running_daemons_do_not_count(listener: int) -> None:
    chosen = ports.choose_ports(SPEC, HOME, {}) | {"namenode.rpc": listener}
    others = [name for name in SPEC.daemons if str(name) != "namenode"]
    assert ports.taken_ports(others, chosen) == {}
    ports.refuse_taken({})
