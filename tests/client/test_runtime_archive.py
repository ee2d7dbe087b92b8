from __future__ import annotations

import gzip
import importlib.util
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from xlearning.client import runtime_archive
from xlearning.client.runtime_archive import BLOCK, BlockGzip, compiled
from xlearning.client.runtime_content import Entry

if TYPE_CHECKING:
    from pathlib import Path

BASE = [
    Entry("bin/python", data=b"#!/bin/sh\n", executable=True),
    Entry("lib/one.py", data=b"ONE = 1\n"),
]
OWN = [Entry("lib/two.py", data=b"TWO = 2\n")]


def _archive(folder: Path) -> bytes:
    base, whole = folder / "base.part", folder / "whole.tgz"
    runtime_archive.write_base(BASE, base)
    runtime_archive.write_archive(base, OWN, whole)
    return whole.read_bytes()


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 17])
def test_members_unpack_to_what_was_written(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    out = io.BytesIO()
    with BlockGzip(out) as stream:
        stream.write(data)
        assert stream.tell() == size
    assert (gzip.decompress(out.getvalue()) if size else b"") == data


def test_the_parts_are_one_tar_with_modes_and_byte_code(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_archive(tmp_path)), mode="r:gz") as tar:
        members = {member.name: member for member in tar}
    assert members["bin/python"].mode == 0o755
    assert members["lib/two.py"].mode == 0o644
    assert sum(name.endswith(".pyc") for name in members) == 2


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first = _archive(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    assert _archive(tmp_path) == first


def test_byte_code_is_never_compared_with_its_source() -> None:
    code = compiled(Entry("lib/a.py", data=b"A = 1\n"))
    assert code is not None
    assert code.data[:4] == importlib.util.MAGIC_NUMBER
    assert code.data[4:8] == b"\x01\0\0\0"
    assert code.data[8:16] == importlib.util.source_hash(b"A = 1\n")


def test_byte_code_that_is_there_is_used_again(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_bytes(b"A = 1\n")
    fresh = compiled(Entry("a.py", source))
    status = source.stat()
    cache = tmp_path / "__pycache__" / importlib.util.cache_from_source("a.py")[12:]
    cache.parent.mkdir()
    numbers = (int(status.st_mtime), status.st_size)
    header = b"".join(number.to_bytes(4, "little") for number in numbers)
    cache.write_bytes(importlib.util.MAGIC_NUMBER + bytes(4) + header + b"code")
    again = compiled(Entry("a.py", source))
    assert fresh is not None
    assert again is not None
    assert again.data == fresh.data[:16] + b"code"


def test_a_source_that_does_not_compile_stays_a_source() -> None:
    assert compiled(Entry("template.py", data=b"{% if python %}")) is None
    assert compiled(Entry("data.txt", data=b"")) is None


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    broken = Entry("missing.py", tmp_path / "missing.py")
    with pytest.raises(FileNotFoundError):
        runtime_archive.write_base([*BASE, broken], tmp_path / "base.part")
    assert list(tmp_path.iterdir()) == []
