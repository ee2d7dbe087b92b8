from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.local.settings import QueueSpec, parse_queues


def test_queues_share_alike() -> None:
    assert parse_queues("default,prod") == (
        QueueSpec("default", 0.5),
        QueueSpec("prod", 0.5),
    )


def test_queues_with_shares_and_limits() -> None:
    assert parse_queues("default:40, prod:60:80") == (
        QueueSpec("default", 0.4),
        QueueSpec("prod", 0.6, 0.8),
    )


@pytest.mark.parametrize("text", ["", "a:x", "a:40,b:40"])
def test_texts_that_name_none(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_queues(text)
