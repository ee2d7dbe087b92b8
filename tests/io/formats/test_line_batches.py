"""Batches of whole lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.writing import cut
from xlearning.errors import ConfigError
from xlearning.io.formats import line_batches
from xlearning.io.formats.line_batches import LineBatches


class Kept(LineBatches):
    """Keeps what it is given."""

    batch_bytes = 5

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.blocks: list[bytes] = []
        self.finished = False

    def _write_lines(self, block: bytes) -> None:
        self.blocks.append(block)

    def _finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        """Forget everything."""
        self.blocks = []


@given(
    st.lists(st.sampled_from([b"", b"a", b"bcdefgh"])).map(b"\n".join),
    st.integers(1, 20),
)
def test_blocks_are_whole_lines(data: bytes, size: int) -> None:
    writer = Kept()
    for piece in cut(data, size):
        writer.write(piece)
    writer.close()
    assert writer.finished
    assert writer.written_bytes == len(data)
    end = b"\n" if data and not data.endswith(b"\n") else b""
    assert b"".join(writer.blocks) == data + end
    assert all(block.endswith(b"\n") for block in writer.blocks)


def test_a_line_without_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_batches, "MAX_RECORD_BYTES", 10)
    writer = Kept()
    writer.write(b"x" * 15)
    with pytest.raises(ConfigError, match="a line of output is longer"):
        writer.write(b"x")
