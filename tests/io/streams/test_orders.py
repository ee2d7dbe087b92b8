from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.streams.conftest import a_setup, an_order
from xlearning.io.formats.base import Block, Piece, RecordSplit, SourceFile
from xlearning.io.streams.orders import (
    Collect,
    Ended,
    Failed,
    Made,
    MakeSplits,
    Moved,
    News,
    NewsReader,
    StreamSplit,
    Waiting,
    decode_order,
    encode,
)
from xlearning.job.waits import Wait

SPLIT = StreamSplit(
    "data", RecordSplit((Piece("hdfs://nn/ü 1", 0, 5, 9),), ("n1",), b"\0\xff", 7)
)
NEWS: list[News] = [
    Made((SPLIT,)),
    Moved(5, 1),
    Waiting(Wait("`a` could not be read", "lost", 1, 2)),
    Ended(9, 2, 3),
    Failed("no\nway", "hint"),
]


def test_orders_arrive_as_they_were_given() -> None:
    file = SourceFile("hdfs://nn/ü 1", 9, 5, (Block(0, 9, ("n1",)),))
    for order in (
        MakeSplits(a_setup(), {"data": (file,)}),
        an_order((SPLIT,), epochs=2),
        Collect(a_setup("multitext"), "file:///o", str(Path("stdout")), 9),
    ):
        assert decode_order(encode(order)) == order


@given(st.lists(st.integers(0, 300)))
def test_news_may_come_in_any_pieces(cuts: list[int]) -> None:
    data = b"".join(encode(news) for news in NEWS)
    reader, found, start = NewsReader(), [], 0
    for end in [*sorted(cuts), len(data)]:
        found += reader.feed(data[start:end])
        start = max(start, end)
    assert found == NEWS


def test_other_lines_are_no_news() -> None:
    with pytest.raises(msgspec.MsgspecError):
        NewsReader().feed(b"Picked up JAVA_TOOL_OPTIONS\n")
