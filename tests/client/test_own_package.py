from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.client.own_package import PACKAGE_ROOT, node_files, walk

if TYPE_CHECKING:
    from pathlib import Path


def test_sources_are_named_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    for name in ("top.py", "a/in.py", "a/__pycache__/in.pyc", "a/.in.py.swp"):
        (tmp_path / name).write_text("")
    assert sorted(walk(tmp_path)) == ["a/in.py", "top.py"]


def test_the_root_holds_our_package() -> None:
    assert "errors.py" in set(walk(PACKAGE_ROOT))


def test_nodes_get_no_client() -> None:
    names = node_files()
    assert "job/spec.py" in names
    assert not any(name.startswith(("client/", "cli/")) for name in names)
