"""What stays on a node's disk and what goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.node.conftest import APPLICATION, container_id, node_spec, order
from xlearning.local.node.aggregation import LogOwner
from xlearning.local.node.housekeeping import Housekeeping
from xlearning.local.node.launch import note_owner
from xlearning.local.node.layout import NodeLayout
from xlearning.local.node.spec import NodeOptions

if TYPE_CHECKING:
    from pathlib import Path


def housekeeping(folder: Path, **options: object) -> Housekeeping:
    """Return the disk of a node."""
    settings = {"remote_log_dir": str(folder / "remote"), **options}
    layout = NodeLayout.of(node_spec(folder))
    return Housekeeping(layout, NodeOptions(**settings))  # type: ignore[arg-type]


def write_log(folder: Path) -> Path:
    """Write a log of a container."""
    logs = folder / "logs" / APPLICATION / container_id(1)
    logs.mkdir(parents=True)
    (logs / "stdout").write_text("x")
    owner = LogOwner("alice", "nm1_45454", {})
    note_owner(folder / "logs" / APPLICATION / ".owner.json", owner)
    return logs


def test_a_new_life_keeps_files_but_no_containers(tmp_path: Path) -> None:
    local = tmp_path / "local"
    kept = ("filecache/1/a", "usercache/alice/filecache/2/b")
    gone = (
        "filecache/1.x_tmp/a",
        "usercache/alice/filecache/2.x_tmp/b",
        f"usercache/alice/appcache/{APPLICATION}/{container_id(1)}/f",
        f"nmPrivate/{container_id(1)}/pid",
    )
    for name in (*kept, *gone):
        (local / name).parent.mkdir(parents=True)
        (local / name).touch()
    logs = write_log(tmp_path)
    housekeeping(tmp_path).begin()
    assert all((local / name).exists() for name in kept)
    assert not any((local / name).exists() for name in gone)
    assert (local / "nmPrivate").stat().st_mode & 0o777 == 0o700
    assert logs.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "local").touch()
    with pytest.raises(OSError, match="local"):
        housekeeping(tmp_path).begin()


def test_the_end_of_a_container_leaves_its_logs(tmp_path: Path) -> None:
    keep = housekeeping(tmp_path)
    keep.begin()
    layout = NodeLayout.of(node_spec(tmp_path)).container(order())
    layout.work.mkdir(parents=True)
    layout.private.mkdir()
    logs = write_log(tmp_path)
    keep.end_container(order())
    assert not layout.work.exists()
    assert not layout.private.exists()
    assert logs.exists()


def test_the_end_of_an_application(tmp_path: Path) -> None:
    keep = housekeeping(tmp_path)
    logs = write_log(tmp_path)
    folder = tmp_path / "local" / "usercache" / "alice" / "appcache" / APPLICATION
    folder.mkdir(parents=True)
    keep.end_application(APPLICATION)
    assert not folder.exists()
    assert not logs.parent.exists()
    bucket = tmp_path / "remote" / "alice" / "bucket-logs-tfile" / "0007"
    assert (bucket / APPLICATION / "nm1_45454").is_file()


def test_logs_that_cannot_be_collected_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logs = write_log(tmp_path)
    (tmp_path / "remote").touch()
    housekeeping(tmp_path).end_application(APPLICATION)
    assert (logs / "stdout").exists()
    assert "logs not collected" in caplog.text


def test_logs_that_shall_not_be_collected_stay(tmp_path: Path) -> None:
    logs = write_log(tmp_path)
    housekeeping(tmp_path, aggregate_logs=False).end_application(APPLICATION)
    assert logs.exists()
    assert not (tmp_path / "remote").exists()


def test_an_application_that_was_never_here(tmp_path: Path) -> None:
    housekeeping(tmp_path).end_application(APPLICATION)
    assert list(tmp_path.iterdir()) == []
