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


def test_a_port_is_held_until_it_is_let_go() -> None:
    holdings = Holdings(PLACE, SlowNode())
    event = holdings.take_ports(1, (21300, 21301))
    assert event == PortHeld("127.0.0.1:21300")
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", 21300))
    holdings.let_go()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 21300))


def test_a_range_that_is_full_is_named() -> None:
    holdings, other = Holdings(PLACE, SlowNode()), Holdings(PLACE, SlowNode())
    other.take_ports(1, (21300, 21301))
    unmet = holdings.take_ports(1, (21300, 21301))
    detail = "a free port on 127.0.0.1: all from 21300 to 21300 are taken"
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
    holdings.take_ports(2, (21304, 21306))
    assert len(set(holdings.port_descriptors())) == 2
    holdings.share_ports()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", 21305))
        thief.listen()
        assert holdings.lost_ports() == (21305,)
    holdings.let_ports_go()
    assert holdings.lost_ports() == ()


def test_a_node_is_named_by_its_address_where_that_is_wanted() -> None:
    named = Holdings(read_place({**PRESENT, "NM_HOST": "localhost"}), SlowNode())
    event = named.take_ports(1, (21302, 21303), Naming(numeric=True))
    assert event in (PortHeld("127.0.0.1:21302"), PortHeld("[::1]:21302"))
    assert named.interface == ""
    named.let_go()


def test_a_node_is_named_by_its_address_on_an_interface() -> None:
    named = Holdings(read_place(PRESENT), SlowNode())
    event = named.take_ports(1, (21303, 21304), Naming("127.0.0.0/8"))
    assert event == PortHeld("127.0.0.1:21303")
    assert named.interface == "lo"
    named.let_go()


def test_a_task_that_does_not_listen_has_an_interface_too() -> None:
    named = Holdings(read_place(PRESENT), SlowNode())
    assert named.take_ports(0, (21303, 21304), Naming("lo")) == PortHeld("")
    assert named.interface == "lo"


def test_a_node_without_the_interface_is_of_no_use() -> None:
    failed = Holdings(PLACE, SlowNode()).take_ports(1, (21303, 21304), Naming("no0"))
    assert isinstance(failed, PreparationFailed)
    assert failed.kind is CauseKind.NETWORK
    assert failed.detail.startswith("127.0.0.1 has no address on an interface `no0`")


def test_a_node_whose_address_nobody_knows_is_waited_for() -> None:
    lost = read_place({**PRESENT, "NM_HOST": "no-such-host.invalid"})
    numeric = Naming(numeric=True)
    unmet = Holdings(lost, SlowNode()).take_ports(1, (21302, 21303), numeric)
    assert isinstance(unmet, NeedUnmet)
    assert unmet.need is Need.PORT
    assert unmet.detail.startswith("the address of no-such-host.invalid: ")
