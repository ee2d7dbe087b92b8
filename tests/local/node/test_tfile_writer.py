"""TFiles: the reader that is proved with Hadoop's own files reads them.

Hadoop itself reads them in `test_aggregation`.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlearning.io import tfile
from xlearning.local.node.tfile_writer import TFileWriter, utf, vint


def read_back(data: bytes) -> list[tuple[str, bytes]]:
    """Return the records of a file."""

    def read_range(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    return [
        (key, value.read(1 << 30))
        for key, value in tfile.records(read_range, len(data))
    ]


def written(records: dict[str, list[bytes]]) -> bytes:
    """Return a file with records."""
    writer = TFileWriter()
    pieces = [writer.begin()]
    for key, value in records.items():
        pieces += writer.record(key, value)
    return b"".join([*pieces, *writer.end()])


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers(number: int) -> None:
    data = vint(number)
    source = tfile.PlainSource(
        lambda offset, size: data[offset : offset + size],
        tfile.Region(0, len(data), len(data)),
    )
    assert tfile.read_vint(source) == number
    assert source.at_end()


def test_the_forms_of_numbers() -> None:
    numbers = (127, -32, 128, 5119, 5120, 1 << 20, 1 << 27, 1 << 40)
    assert [len(vint(number)) for number in numbers] == [1, 1, 2, 2, 3, 4, 5, 7]


def test_no_record_at_all() -> None:
    assert read_back(written({})) == []


def test_records_of_all_sizes() -> None:
    big = bytes(range(256)) * 10_000
    records = {"a": [b""], "b": [big, b"x", big], "ü": [b"1", b"2"], "d": []}
    expected = [(key, b"".join(value)) for key, value in records.items()]
    assert read_back(written(records)) == expected


def test_many_blocks() -> None:
    records = {f"c{number}": [bytes(100_000)] for number in range(10)}
    data = written(records)
    assert len(read_back(data)) == 10
    assert data.count(b"data:BCFile.index") == 1


def test_text_as_java_writes_it() -> None:
    assert utf("ü") == b"\0\2\xc3\xbc"
