"""Events are values that travel as JSON, told apart by their `type`."""

from __future__ import annotations

import typing

import msgspec
import pytest

from xlearning.am.events import Allocated, AnyEvent, Event, StopRequested, TaskEnded
from xlearning.job.causes import Cause, CauseKind

EVENTS = typing.get_args(AnyEvent)


def test_the_union_names_every_event() -> None:
    assert set(EVENTS) == set(Event.__subclasses__())


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_is_told_by_its_name(kind: type[Event]) -> None:
    assert kind.__struct_config__.tag == kind.__name__
    assert kind.__struct_config__.frozen


def test_an_event_is_read_back_as_it_was() -> None:
    cause = Cause(CauseKind.EXITED, 3, "", "boom\n")
    event = TaskEnded("container_1", 0, cause, ("hdfs://nn:8020/out",))
    data = msgspec.json.encode(event)
    assert msgspec.json.decode(data, type=AnyEvent) == event
    assert b'"type":"StopRequested"' in msgspec.json.encode(StopRequested("alice"))


def test_a_container_knows_its_host() -> None:
    given = Allocated("container_1", "worker", "n1.example:45454", "n1.example:8042")
    assert given.host == "n1.example"
