"""Lines written to text files."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.reading import lookup, settings
from tests.io.formats.test_text import many
from tests.io.formats.writing import cut, write
from xlearning.errors import ConfigError
from xlearning.io.formats.part_files import COMPRESS_KEYS, SIZE_KEY
from xlearning.io.formats.text_output import (
    JsonLinesOutput,
    TextMultiOutput,
    TextOutput,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.conftest import Place

PLAIN = {COMPRESS_KEYS[0]: "false"}


def ended(data: bytes) -> bytes:
    """Return data with a newline at its end."""
    return data if not data or data.endswith(b"\n") else data + b"\n"


@given(
    st.lists(st.sampled_from([b"", b"a", b"bcd\r"])).map(b"\n".join),
    st.integers(1, 9),
    st.integers(1, 9),
)
@many
def test_files_roll_behind_the_line_that_fills_them(
    tmp_path: Path, data: bytes, size: int, limit: int
) -> None:
    folder = tmp_path / "out"
    names = write(
        TextMultiOutput(), folder, cut(data, size), {**PLAIN, SIZE_KEY: str(limit)}
    )
    assert names == [f"part-r-{number:03d}" for number in range(len(names))]
    parts = [(folder / name).read_bytes() for name in names]
    shutil.rmtree(folder)
    assert b"".join(parts) == ended(data)
    for part in parts[:-1]:
        assert part.endswith(b"\n")
        before_last = part[: part[:-1].rfind(b"\n") + 1]
        assert len(before_last) < limit <= len(part)


def test_xlearnings_layout(tmp_path: Path) -> None:
    names = write(TextMultiOutput(), tmp_path, [b"a\nb"])
    assert names == ["part-r-000.gz"]
    assert gzip.decompress((tmp_path / names[0]).read_bytes()) == b"a\nb\n"


def test_a_program_that_prints_nothing_has_an_empty_file(tmp_path: Path) -> None:
    names = write(TextMultiOutput(), tmp_path, [])
    assert names == ["part-r-000.gz"]
    assert gzip.decompress((tmp_path / names[0]).read_bytes()) == b""


def test_hadoops_text_is_one_file(tmp_path: Path) -> None:
    names = write(TextOutput(), tmp_path, [b"a\nb\n"], {SIZE_KEY: "1"})
    assert names == ["part-r.gz"]
    assert gzip.decompress((tmp_path / names[0]).read_bytes()) == b"a\nb\n"


def test_an_aborted_writer_leaves_complete_files_only(tmp_path: Path) -> None:
    properties = settings({**PLAIN, SIZE_KEY: "2"})
    writer = TextMultiOutput().open(f"file://{tmp_path}", lookup, properties)
    writer.write(b"a\nb")
    writer.abort()
    writer.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["part-r-000"]


def test_json_lines_are_looked_at(tmp_path: Path) -> None:
    data = b'{"a": 1}\n\n[2]\r\n"x"'
    names = write(JsonLinesOutput(), tmp_path, cut(data, 3))
    assert names == ["part-r-000.jsonl"]
    assert (tmp_path / names[0]).read_bytes() == b'{"a": 1}\n[2]\n"x"\n'


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    writer = JsonLinesOutput().open(f"file://{tmp_path}", lookup, settings())
    writer.write(b'{"a": 1}\nprogress 3%\n')
    with pytest.raises(ConfigError, match=r"a line of output .* is no JSON"):
        writer.close()
    writer.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.hadoop
def test_files_on_hdfs(hdfs_place: Place) -> None:
    folder = hdfs_place.url("_temporary/try")
    limit = settings({SIZE_KEY: "400000"})
    writer = TextMultiOutput().open(folder, hdfs_place.lookup, limit)
    data = b"".join(b"line %d\n" % number for number in range(50_000))
    for piece in cut(data, 65_536):
        writer.write(piece)
    writer.close()
    names = [status.name for status in hdfs_place.storage.list(folder)]
    assert names == ["part-r-000.gz", "part-r-001.gz"]
    parts = [hdfs_place.storage.read(f"{folder}/{name}") for name in names]
    assert b"".join(map(gzip.decompress, parts)) == data
