"""What an adapter answers with."""

from __future__ import annotations

import msgspec

from xlearning.frameworks.base import ClusterView, Shape


def test_a_view_travels_as_json() -> None:
    view = ClusterView(2, {"worker": ("n1:20000", "n2:20000"), "ps": ("",)})
    data = msgspec.json.encode(view)
    assert msgspec.json.decode(data, type=ClusterView) == view


def test_a_shape_says_no_more_than_it_is_told() -> None:
    shape = Shape(rendezvous=False)
    assert not shape.listeners | shape.services | shape.optional
    assert shape.failure_rate == 0.0
    assert shape.input_roles == ("chief", "worker")
    assert shape.output_roles == ("chief", "worker", "evaluator", "ps")
