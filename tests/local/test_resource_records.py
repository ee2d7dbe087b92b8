from __future__ import annotations

from xlearning.hadoop.resource import Resource
from xlearning.local.resource_records import resource_types, whole


def test_every_type_is_named_also_where_there_is_none() -> None:
    message = whole(Resource(64, 1))
    entries = [(e.key, e.value, e.units) for e in message.resource_value_map]
    assert entries == [
        ("memory-mb", 64, "Mi"),
        ("vcores", 1, ""),
        ("yarn.io/gpu", 0, ""),
    ]
    assert Resource.from_proto(message) == Resource(64, 1)


def test_types_stand_in_yarn_s_order() -> None:
    named = [(each.name, each.units) for each in resource_types()]
    assert named == [("yarn.io/gpu", ""), ("memory-mb", "Mi"), ("vcores", "")]
