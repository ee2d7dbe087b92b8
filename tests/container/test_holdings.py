"""A container's port and devices, from taking to letting go."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from dataclasses import dataclass, field

import pytest

from tests.container.test_place import PRESENT
from xlearning.container.events import (
    GpusHeld,
    Need,
    NeedUnmet,
    PortHeld,
    PreparationFailed,
)
from xlearning.container.holdings import Holdings
from xlearning.container.interfaces import Naming
from xlearning.container.place import read_place
from xlearning.job.causes import CauseKind

PLACE = read_place({**PRESENT, "NM_HOST": "127.0.0.1"})
WITHIN = (21300, 21400)


@dataclass
class SlowNode:
    """A node whose driver answers when it is let."""

    asked: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)

    def uuids(self) -> tuple[str, ...]:
        """Return one device."""
        self.asked.set()
        assert self.let.wait(20)
        return (f"GPU-slow-{os.getpid()}",)


def port_of(event: object) -> int:
    """Return the port that is held."""
    assert isinstance(event, PortHeld)
    return int(event.address.rpartition(":")[2])


def test_a_port_is_held_until_it_is_let_go() -> None:
    holdings = Holdings(PLACE, SlowNode())
    event = holdings.take_ports(1, WITHIN)
    port = port_of(event)
    assert event == PortHeld(f"127.0.0.1:{port}")
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    holdings.let_go()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))


def test_a_range_that_is_full_is_named() -> None:
    holdings, other = Holdings(PLACE, SlowNode()), Holdings(PLACE, SlowNode())
    port = port_of(other.take_ports(1, WITHIN))
    unmet = holdings.take_ports(1, (port, port + 1))
    detail = f"a free port on 127.0.0.1: all from {port} to {port} are taken"
    assert unmet == NeedUnmet(Need.PORT, detail)
    other.let_go()


async def test_devices_are_locked_once_however_often_one_tries() -> None:
    node = SlowNode()
    holdings = Holdings(PLACE, node)
    first = asyncio.ensure_future(holdings.take_gpus(1))
    assert await asyncio.to_thread(node.asked.wait, 20)
    assert await holdings.take_gpus(1) is None
    assert holdings.descriptors() == ()
    node.let.set()
    assert await first == GpusHeld((f"GPU-slow-{os.getpid()}",))
    assert await holdings.take_gpus(1) is None
    assert len(holdings.descriptors()) == 1
    again = await Holdings(PLACE, node).take_gpus(1)
    assert isinstance(again, NeedUnmet)
    holdings.let_go()


async def test_devices_that_come_too_late_are_given_back() -> None:
    node = SlowNode()
    holdings = Holdings(PLACE, node)
    first = asyncio.ensure_future(holdings.take_gpus(1))
    assert await asyncio.to_thread(node.asked.wait, 20)
    holdings.let_go()
    node.let.set()
    assert await first is None
    other = Holdings(PLACE, node)
    assert isinstance(await other.take_gpus(1), GpusHeld)
    other.let_go()


def test_ports_are_shared_and_then_lost_to_who_was_faster() -> None:
    holdings = Holdings(PLACE, SlowNode())
    assert holdings.lost_ports() == ()
    port = port_of(holdings.take_ports(1, WITHIN))
    holdings.take_ports(2, WITHIN)
    assert len(set(holdings.port_descriptors())) == 2
    holdings.share_ports()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        assert holdings.lost_ports() == (port,)
    holdings.let_ports_go()
    assert holdings.lost_ports() == ()


@pytest.mark.parametrize(
    ("naming", "addresses", "interface"),
    [
        (Naming(), {"localhost"}, ""),
        (Naming(numeric=True), {"127.0.0.1", "[::1]"}, ""),
        (Naming("127.0.0.0/8"), {"127.0.0.1"}, "lo"),
        (Naming("lo"), {"127.0.0.1"}, "lo"),
    ],
)
def test_a_node_is_named_as_the_job_wants(
    naming: Naming, addresses: set[str], interface: str
) -> None:
    named = Holdings(read_place({**PRESENT, "NM_HOST": "localhost"}), SlowNode())
    event = named.take_ports(1, WITHIN, naming)
    assert event in {PortHeld(f"{each}:{port_of(event)}") for each in addresses}
    assert named.interface == interface
    named.let_go()


def test_a_task_that_does_not_listen_has_an_interface_too() -> None:
    named = Holdings(read_place(PRESENT), SlowNode())
    assert named.take_ports(0, WITHIN, Naming("lo")) == PortHeld("")
    assert named.interface == "lo"


def test_a_node_without_the_interface_is_of_no_use() -> None:
    failed = Holdings(PLACE, SlowNode()).take_ports(1, WITHIN, Naming("no0"))
    assert isinstance(failed, PreparationFailed)
    assert failed.kind is CauseKind.NETWORK
    assert failed.detail.startswith("127.0.0.1 has no address on an interface `no0`")


def test_a_node_whose_address_nobody_knows_is_waited_for() -> None:
    lost = read_place({**PRESENT, "NM_HOST": "no-such-host.invalid"})
    numeric = Naming(numeric=True)
    unmet = Holdings(lost, SlowNode()).take_ports(1, WITHIN, numeric)
    assert isinstance(unmet, NeedUnmet)
    assert unmet.need is Need.PORT
    assert unmet.detail.startswith("the address of no-such-host.invalid: ")
