"""Splits by blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.io.formats.base import Block, Piece, SourceFile
from xlearning.io.formats.file_splits import combined, file_splits, hosts_of

MIN = "mapreduce.input.fileinputformat.split.minsize"
MAX = "mapreduce.input.fileinputformat.split.maxsize"


def lengths(length: int, block_bytes: int, **sizes: int) -> list[int]:
    """Return the lengths of a file's splits."""
    names = {"least": MIN, "most": MAX}
    properties = {names[name]: str(size) for name, size in sizes.items()}
    file = SourceFile("f", length, block_bytes)
    return [each.length for each in file_splits([file], properties, lambda _: True)]


def test_blocks_are_splits_and_the_last_may_be_a_tenth_larger() -> None:
    assert lengths(300, 100) == [100, 100, 100]
    assert lengths(310, 100) == [100, 100, 110]
    assert lengths(311, 100) == [100, 100, 100, 11]
    assert lengths(110, 100) == [110]
    assert lengths(0, 100) == [0]


def test_sizes_can_be_asked_for() -> None:
    assert lengths(300, 100, least=150) == [150, 150]
    assert lengths(300, 100, most=60) == [60] * 5
    assert lengths(300, 100, least=80, most=60) == [80, 80, 80, 60]
    assert lengths(300, 100, most=0) == [100, 100, 100]


def test_a_size_that_is_no_number_is_refused() -> None:
    file = SourceFile("f", 1)
    with pytest.raises(ConfigError, match=r"split\.minsize"):
        file_splits([file], {MIN: "64m"}, lambda _: True)


def test_what_cannot_be_split_is_one_split() -> None:
    files = [SourceFile("a.gz", 300, 100), SourceFile("b", 200, 100)]
    found = file_splits(files, {}, lambda uri: not uri.endswith(".gz"))
    assert [(each.pieces[0].uri, each.length) for each in found] == [
        ("a.gz", 300),
        ("b", 100),
        ("b", 100),
    ]


def test_hosts_with_most_of_a_range_come_first() -> None:
    blocks = (Block(0, 100, ("n1", "n2")), Block(100, 100, ("n2", "n3")))
    file = SourceFile("f", 200, 100, blocks)
    assert hosts_of(file, Piece("f", 50, 90, 200)) == ("n2", "n1", "n3")
    assert hosts_of(file, Piece("f", 100, 100, 200)) == ("n2", "n3")
    assert hosts_of(SourceFile("f", 200), Piece("f", 0, 200, 200)) == ()


def test_pieces_of_one_host_are_packed_together() -> None:
    files = [
        SourceFile(name, 40, 100, (Block(0, 40, (host,)),))
        for name, host in (("a", "n1"), ("b", "n2"), ("c", "n1"), ("d", "n1"))
    ]
    found = combined(files, {}, lambda _: True)
    assert [([piece.uri for piece in each.pieces], each.hosts) for each in found] == [
        (["a", "c"], ("n1",)),
        (["d"], ("n1",)),
        (["b"], ("n2",)),
    ]
    assert combined([], {}, lambda _: True) == ()


sizes = st.integers(0, 500)


@given(st.lists(st.tuples(sizes, st.integers(0, 99))), sizes, st.booleans())
def test_every_byte_is_in_one_split(
    files: list[tuple[int, int]], most: int, together: bool
) -> None:
    sources = [
        SourceFile(str(number), length, block_bytes)
        for number, (length, block_bytes) in enumerate(files)
    ]
    make = combined if together else file_splits
    found = make(sources, {MAX: str(most)}, lambda _: True)
    pieces = [piece for each in found for piece in each.pieces]
    for source in sources:
        own = [piece for piece in pieces if piece.uri == source.uri]
        assert [piece.start for piece in own] == [
            0,
            *(piece.end for piece in own[:-1]),
        ]
        assert own[-1].end == source.length
        assert all(piece.file_length == source.length for piece in own)
