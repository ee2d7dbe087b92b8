"""A container's port and devices, from taking to letting go."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from dataclasses import dataclass, field

import pytest

from tests.container.test_place import PRESENT
from xlearning.container.events import GpusHeld, Need, NeedUnmet, PortHeld
from xlearning.container.holdings import Holdings
from xlearning.container.place import read_place
from xlearning.container.ports import address_of

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


def test_a_node_is_named_as_the_application_type_wants() -> None:
    named = Holdings(read_place({**PRESENT, "NM_HOST": "localhost"}), SlowNode())
    event = named.take_ports(1, (21302, 21303), address_of)
    assert event in (PortHeld("127.0.0.1:21302"), PortHeld("::1:21302"))
    named.let_go()


def test_a_node_whose_address_nobody_knows_is_waited_for() -> None:
    lost = read_place({**PRESENT, "NM_HOST": "no-such-host.invalid"})
    unmet = Holdings(lost, SlowNode()).take_ports(1, (21302, 21303), address_of)
    assert isinstance(unmet, NeedUnmet)
    assert unmet.need is Need.PORT
    assert unmet.detail.startswith("the address of no-such-host.invalid: ")
