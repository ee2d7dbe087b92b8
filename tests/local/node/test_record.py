"""What is written down of a container comes back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local.node.conftest import node_spec, order
from xlearning.hadoop.launch_context import (
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
)
from xlearning.local.node import record
from xlearning.local.node.layout import NodeLayout

if TYPE_CHECKING:
    from pathlib import Path

FILE = LocalResource(
    "file:///a%20b.tgz",
    5,
    7,
    LocalResourceType.ARCHIVE,
    LocalResourceVisibility.PRIVATE,
)


def test_a_container_is_read_as_it_was_written(tmp_path: Path) -> None:
    start = order(
        "exec a", environment={"A.B": "$HOME"}, resources={"l": FILE}, added={"C": "d"}
    )
    layout = NodeLayout.of(node_spec(tmp_path)).container(start)
    record.write(start, layout)
    assert record.read(layout.record) == start
    assert layout.private.stat().st_mode & 0o777 == 0o700


def test_what_is_none_is_not_read(tmp_path: Path) -> None:
    assert record.read(tmp_path / "none") is None
    (tmp_path / "bad").write_text("{")
    assert record.read(tmp_path / "bad") is None
    (tmp_path / "other").write_text("{}")
    assert record.read(tmp_path / "other") is None
