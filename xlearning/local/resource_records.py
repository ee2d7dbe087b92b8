"""Amounts as the ResourceManager sends them: every type is named. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.resource import GPU, MEMORY, VIRTUAL_CORES

if TYPE_CHECKING:
    from xlearning.hadoop.resource import Resource

_UNITS = {MEMORY: "Mi", VIRTUAL_CORES: "", GPU: ""}


def whole(amount: Resource) -> yarn_pb2.ResourceProto:
    """Return an amount with an entry for every type."""
    message = yarn_pb2.ResourceProto(
        memory=amount.memory_mb, virtual_cores=amount.virtual_cores
    )
    for name, units in _UNITS.items():
        message.resource_value_map.add(
            key=name, value=amount.amounts()[name], units=units, type=yarn_pb2.COUNTABLE
        )
    return message


def resource_types() -> list[yarn_pb2.ResourceTypeInfoProto]:
    """Return the types that are counted, in YARN's order (that of a Java hash)."""
    return [
        yarn_pb2.ResourceTypeInfoProto(
            name=name, units=_UNITS[name], type=yarn_pb2.COUNTABLE
        )
        for name in (GPU, MEMORY, VIRTUAL_CORES)
    ]
