from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from xlearning.io.streams.cache import RecordCache

if TYPE_CHECKING:
    from pathlib import Path


def test_splits_are_read_again_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "cache.gz"
    cache = RecordCache(path, 1 << 20)
    cache.add(0, b"a\n")
    cache.add(1, b"b\n")
    cache.add(0, b"c\n")
    assert list(cache.read(1)) == [b"b\n"]
    assert list(cache.read(0)) == [b"a\n", b"c\n"]
    cache.close()
    assert gzip.decompress(path.read_bytes()) == b"a\nb\nc\n"


def test_a_file_that_grows_too_large_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "cache.gz"
    cache = RecordCache(path, 30)
    cache.add(0, b"a\n")
    assert cache.is_kept
    cache.add(0, b"b\n")
    cache.add(0, b"c\n")
    assert not cache.is_kept
    assert not path.exists()
    cache.close()


def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "cache.gz"
    path.symlink_to("/dev/full")
    cache = RecordCache(path, 1 << 20)
    cache.add(0, b"a\n")
    assert not cache.is_kept
    cache.close()


def test_a_file_that_somebody_changes_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cache.gz"
    cache = RecordCache(path, 1 << 20)
    cache.add(0, b"a\n")
    path.write_bytes(b"x" * 100)
    with pytest.raises(OSError, match=r"cache\.gz` was changed while it was in use"):
        list(cache.read(0))
    cache.close()
