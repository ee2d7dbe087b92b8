from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.io.parts import PIECE_BYTES, Part

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("length", "ranges"),
    [
        (0, [(0, 0)]),
        (1, [(0, 1)]),
        (PIECE_BYTES, [(0, PIECE_BYTES)]),
        (PIECE_BYTES + 1, [(0, PIECE_BYTES), (PIECE_BYTES, PIECE_BYTES + 1)]),
    ],
)
def test_the_pieces_are_the_file(
    tmp_path: Path, length: int, ranges: list[tuple[int, int]]
) -> None:
    pieces = Part(tmp_path / "f", length, 0).pieces()
    assert [(piece.position, piece.end) for piece in pieces] == ranges


def test_a_file_appears_with_its_last_piece(tmp_path: Path) -> None:
    part = Part(tmp_path / "f", PIECE_BYTES + 2, 3)
    first, second = part.pieces()
    with second.part.open(second.position) as out:
        out.write(b"yz")
    part.arrived()
    assert [path.name for path in tmp_path.iterdir()] == [".3.part"]
    with first.part.open(first.position) as out:
        out.write(b"ab")
    part.arrived()
    with (tmp_path / "f").open("rb") as file:
        assert file.read(2) == b"ab"
        file.seek(PIECE_BYTES)
        assert file.read() == b"yz"
    part.discard()


def test_longer_remains_of_an_earlier_one_are_cut(tmp_path: Path) -> None:
    (tmp_path / ".0.part").write_bytes(b"remains")
    part = Part(tmp_path / "f", 2, 0)
    with part.open(0) as out:
        out.write(b"ab")
    part.arrived()
    assert (tmp_path / "f").read_bytes() == b"ab"


def test_what_is_not_whole_is_discarded(tmp_path: Path) -> None:
    part = Part(tmp_path / "f", 2, 0)
    part.open(1).close()
    part.discard()
    assert list(tmp_path.iterdir()) == []
