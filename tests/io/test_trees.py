from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.io.transfer import TransferFailed
from xlearning.io.trees import content, get_tree, size_of
from xlearning.io.upload import put_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.conftest import Place


def test_a_tree_comes_whole(place: Place, tmp_path: Path) -> None:
    place.fill({"t/.hidden": b"1", "t/_d/b c": b"22", "t/e/f": b""})
    place.storage.mkdirs(place.at("t/empty"))
    status = place.storage.stat(place.at("t"))
    assert status is not None
    assert size_of(place.storage, status) == 3
    found = content(place.storage, status)
    summary = get_tree(place.storage, found, tmp_path / "x")
    assert (summary.files, summary.bytes) == (3, 3)
    names = {str(p.relative_to(tmp_path)) for p in tmp_path.glob("x/**/*")}
    assert names == {"x/.hidden", "x/_d", "x/_d/b c", "x/e", "x/e/f", "x/empty"}
    with pytest.raises(TransferFailed, match="File exists"):
        get_tree(place.storage, found, tmp_path / "x")
    (tmp_path / "x/_d/b c").write_bytes(b"mine")
    get_tree(place.storage, found, tmp_path / "x", overwrite=True)
    assert (tmp_path / "x/_d/b c").read_bytes() == b"22"


def test_a_file_comes_under_another_name(place: Place, tmp_path: Path) -> None:
    place.storage.write(place.at("f"), b"1")
    status = place.storage.stat(place.at("f"))
    assert status is not None
    get_tree(place.storage, content(place.storage, status), tmp_path / "g")
    assert (tmp_path / "g").read_bytes() == b"1"


def test_what_is_put_stays_beside_what_is_there(place: Place, tmp_path: Path) -> None:
    place.fill({"t/old": b"1"})
    (tmp_path / "t").mkdir()
    (tmp_path / "t/new").write_bytes(b"2")
    put_tree(tmp_path / "t", place.url("t"), place.lookup)
    put_tree(tmp_path / "t/new", place.url("t/file"), place.lookup)
    names = [status.name for status in place.storage.list(place.at("t"))]
    assert names == ["file", "new", "old"]
