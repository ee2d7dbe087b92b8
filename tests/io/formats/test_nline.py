"""Splits of so many lines, beside Hadoop's own NLineInputFormat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.io.formats.peers.peer import MAPRED
from tests.io.formats.reading import read_split, splits_of
from tests.io.formats.test_text import joined, many, texts
from xlearning.errors import ConfigError
from xlearning.io.formats import nline
from xlearning.io.formats.nline import LINES_KEY, NLineInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.formats.peers.peer import Peer


@pytest.mark.java
@given(texts, st.integers(1, 4))
@many
def test_every_split_has_the_lines_that_hadoop_reads(
    peer: Peer, tmp_path: Path, data: bytes, count: int
) -> None:
    """Hadoop reads a first line of one byte twice where every line is a split."""
    assume(count > 1 or data[:2] == b"\r\n" or data[:1] not in (b"\r", b"\n"))
    path = tmp_path / "data"
    path.write_bytes(data)
    properties = {LINES_KEY: str(count)}
    expected = peer.read(f"{MAPRED}.lib.NLineInputFormat", path, properties)
    found = splits_of(NLineInput(), [path], properties)
    assert [read_split(NLineInput(), split) for split in found] == [
        joined(split.records) for split in expected
    ]


@given(
    st.lists(st.sampled_from([b"", b"a", b"bc", b"\xef\xbb\xbf"])),
    st.integers(1, 5),
    st.booleans(),
)
@many
def test_each_split_has_so_many_lines(
    tmp_path: Path, lines: list[bytes], count: int, ended: bool
) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\n".join(lines) + (b"\n" if ended and lines else b""))
    expected = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    found = splits_of(NLineInput(), [path], {LINES_KEY: str(count)})
    parts = [read_split(NLineInput(), split).splitlines() for split in found]
    assert [line for part in parts for line in part] == expected
    assert all(len(part) == count for part in parts[1:-1])


def test_what_cannot_be_cut_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.gz"
    path.write_bytes(b"")
    with pytest.raises(ConfigError, match="is compressed"):
        splits_of(NLineInput(), [path])
    plain = tmp_path / "data"
    plain.write_bytes(b"\n" * 11)
    with pytest.raises(ConfigError, match="no lines"):
        splits_of(NLineInput(), [plain], {LINES_KEY: "0"})
    monkeypatch.setattr(nline, "MAX_SPLITS", 10)
    with pytest.raises(ConfigError, match="more than 10 splits of 1 lines"):
        splits_of(NLineInput(), [plain])
