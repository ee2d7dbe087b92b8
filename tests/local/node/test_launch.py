"""What is written before a container starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local.node.conftest import node_spec, order
from xlearning.local.node import launch
from xlearning.local.node.environment import LocalizationCounters
from xlearning.local.node.layout import ContainerLayout, NodeLayout
from xlearning.local.node.spec import NodeOptions

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.node.protocol import Order


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o777


def prepared(folder: Path) -> tuple[ContainerLayout, Order]:
    """Prepare a container."""
    layout = NodeLayout.of(node_spec(folder)).container(order())
    launch.make_folders(layout)
    nothing: dict[Path, str] = {}
    localized = (nothing, LocalizationCounters())
    return layout, launch.prepare(order(), layout, "nm1", NodeOptions(), localized)


def test_folders_are_closed_to_others(tmp_path: Path) -> None:
    layout, _ = prepared(tmp_path)
    folders = (layout.work, layout.work.parent, layout.work / "tmp", layout.logs)
    assert [mode(folder) for folder in folders] == [0o710] * 4
    assert mode(layout.private) == 0o700


def test_tokens_are_secret_and_always_there(tmp_path: Path) -> None:
    layout, _ = prepared(tmp_path)
    assert mode(layout.tokens) == 0o600
    assert layout.tokens.read_bytes() == b"HDTS\0\0\0"  # as YARN writes it for none


def test_the_order(tmp_path: Path) -> None:
    layout, found = prepared(tmp_path)
    assert found.command == ["/bin/bash", str(layout.session_script)]
    assert found.folder == str(layout.work)
    assert found.environment["JVM_PID"] == "$$"
    assert found.kill_delay_s == 0.25
    assert mode(layout.launch_script) == 0o700
    assert "exec /bin/bash -c" in layout.launch_script.read_text()
