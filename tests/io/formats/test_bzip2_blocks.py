"""bzip2 read from the middle."""

from __future__ import annotations

import bz2
import itertools
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.reading import lookup
from xlearning.io.formats.base import DamagedFile, Piece
from xlearning.io.formats.bzip2_blocks import (
    Bzip2Source,
    Magic,
    decode_block,
    find_magic,
)
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from pathlib import Path

BLOCK, STREAM_END = 0x314159265359, 0x177245385090


def chance(length: int) -> bytes:
    """Return bytes that do not compress."""
    return random.Random(length).randbytes(length)


@given(st.binary(max_size=20), st.integers(0, 7), st.booleans(), st.integers(0, 20))
def test_a_magic_number_is_found_at_any_bit(
    before: bytes, shift: int, is_block: bool, more: int
) -> None:
    number = BLOCK if is_block else STREAM_END
    bits = int.from_bytes(before, "big") << 48 | number
    padding = 8 * more + (-shift) % 8
    length = len(before) + 6 + more + (1 if shift else 0)
    data = (bits << padding).to_bytes(length, "big")
    bit = (len(data) * 8) - padding - 48
    assert find_magic(data, 0) == Magic(bit, is_block)
    assert find_magic(data, bit) == Magic(bit, is_block)
    assert find_magic(data, bit + 1) is None


def test_a_block_is_decompressed_and_checked() -> None:
    packed = bz2.compress(b"hello " * 100)
    end = find_magic(packed, 40)
    assert end is not None
    assert decode_block(packed, 32, end.bit) == b"hello " * 100
    wrong = packed[:10] + bytes([packed[10] ^ 1]) + packed[11:]
    with pytest.raises(OSError, match="Invalid data"):
        decode_block(wrong, 32, end.bit)
    with pytest.raises((OSError, EOFError)):
        decode_block(packed, 32, end.bit - 100)


def read(path: Path, start: int, stop: int) -> tuple[bytes, int | None]:
    """Return all plain bytes from a split on, and how many of them are its own."""
    length = path.stat().st_size
    piece = Piece(str(path), start, stop - start, length)
    with open_piece(piece, lookup) as file:
        source = Bzip2Source(file, piece)
        data = b"".join(iter(lambda: source.read(1 << 16), b""))
        return data, source.end


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("splits", [1, 2, 7, 40])
def test_each_block_belongs_to_one_split(
    tmp_path: Path, streams: int, splits: int
) -> None:
    parts = [chance(350_000 + number) for number in range(streams)]
    path = tmp_path / "a.bz2"
    path.write_bytes(b"".join(bz2.compress(part, 1) for part in parts))
    size = path.stat().st_size
    places = [size * number // splits for number in range(splits + 1)]
    own = b""
    for start, stop in itertools.pairwise(places):
        data, end = read(path, start, stop)
        own += data[:end] if stop < size else data
    assert own == b"".join(parts)


def test_an_end_that_comes_too_early_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.bz2"
    whole = bz2.compress(chance(250_000), 1)
    for length in (1, 5, 9, 20, 100_000, 200_000, len(whole) - 9, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match=f"at byte {length}: "):
            read(path, 0, length)


def test_what_is_no_bzip2_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bz2"
    for wrong in (b"BZh", b"text" + bz2.compress(b"x"), bz2.compress(b"x") + b"tail"):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile):
            read(path, 0, len(wrong))
    path.write_bytes(chance(5 << 20))
    with pytest.raises(DamagedFile, match="no bzip2 block begins here"):
        read(path, 0, 1 << 20)


def test_empty_files_and_empty_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.bz2"
    path.write_bytes(b"")
    assert read(path, 0, 0)[0] == b""
    path.write_bytes(bz2.compress(b"") + bz2.compress(b"x") + bz2.compress(b""))
    assert read(path, 0, path.stat().st_size)[0] == b"x"
