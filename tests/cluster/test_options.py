from __future__ import annotations

import pytest

from xlearning.cluster.options import (
    parse_conf,
    parse_label,
    parse_memory_mb,
    parse_queues,
)
from xlearning.cluster.spec import ClusterSpec, NodeLabel, Queue
from xlearning.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "mb"),
    [("4g", 4096), ("4G", 4096), ("4GiB", 4096), ("512m", 512), ("4096", 4096)],
)
def test_memory(text: str, mb: int) -> None:
    assert parse_memory_mb(text) == mb


@pytest.mark.parametrize("text", ["", "g", "-1g", "1.5g", "4 apples"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not an amount of memory"):
        parse_memory_mb(text)


def test_queues_share_alike_and_the_first_gets_the_rest() -> None:
    assert parse_queues("default,prod,dev") == ClusterSpec().queues
    assert parse_queues("all") == (Queue("all", 100),)


def test_queues_with_shares() -> None:
    assert parse_queues("a:62.5, b:37.5") == (Queue("a", 62.5), Queue("b", 37.5))


@pytest.mark.parametrize("text", ["a:50,b", "a:half,b:50"])
def test_shares_must_be_given_to_all_and_be_numbers(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_queues(text)


def test_labels() -> None:
    assert parse_label("gpu=nm2,nm3") == NodeLabel("gpu", (2, 3))
    assert parse_label("gpu(exclusive=false)=nm1") == NodeLabel(
        "gpu", (1,), exclusive=False
    )


@pytest.mark.parametrize("text", ["gpu", "gpu=", "gpu=2", "=nm1", "g u=nm1", "gpu=nm0"])
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not a node label"):
        parse_label(text)


def test_properties_may_have_an_equals_sign_in_their_value() -> None:
    given = ("a.b=c=d", "empty=", "a.c=1", "a.c=2")
    assert parse_conf(given) == {"a.b": "c=d", "empty": "", "a.c": "2"}


@pytest.mark.parametrize("text", ["a.b", "=c"])
def test_what_is_no_property_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not a property"):
        parse_conf((text,))
