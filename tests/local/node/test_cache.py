"""What nobody uses goes when there is too much, the longest unused first."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.local.node.conftest import eventually, order, running
from xlearning.hadoop.launch_context import LocalResource, LocalResourceVisibility
from xlearning.local.node.cache import CachedFile, scan, surplus

CACHED = st.lists(
    st.builds(
        CachedFile,
        st.sampled_from([Path(name) for name in "abcdefgh"]),
        st.integers(0, 50),
        st.floats(0, 9),
    ),
    unique_by=lambda each: each.folder,
)


@given(CACHED, st.sets(st.sampled_from([Path(n) for n in "abcd"])), st.integers(0, 99))
def test_no_more_goes_than_must(
    cached: list[CachedFile], in_use: set[Path], target: int
) -> None:
    gone = surplus(cached, in_use, target)
    assert not in_use & set(gone)
    used = {each.folder: each for each in cached}
    left = sum(e.size_bytes for e in cached if e.folder not in gone)
    free = [e for e in cached if e.folder not in gone and e.folder not in in_use]
    assert left <= target or not free
    if gone:
        assert left + used[gone[-1]].size_bytes > target
        assert all(used[gone[-1]].used_s <= each.used_s for each in free)


def shared(path: Path) -> LocalResource:
    path.write_bytes(bytes(3 << 20))
    path.chmod(0o644)
    time_ms = path.stat().st_mtime_ns // 1_000_000
    found = LocalResource(f"file://{path}", 3 << 20, time_ms)
    return replace(found, visibility=LocalResourceVisibility.PRIVATE)


async def test_a_node_deletes_what_no_container_uses(tmp_path: Path) -> None:
    local = tmp_path / "local"
    async with running(tmp_path, cache_target_mb=1, cache_interval_s=0.05) as node:
        held = {"held": shared(tmp_path / "held")}
        node.start(order("sleep 60", number=1, resources=held))
        once = {"once": shared(tmp_path / "once")}
        await node.outcome(order("test -s once", number=2, resources=once))
        await eventually(lambda: [e.folder for e in scan(local)] == [_held(local)])
        again = order("test -s once", number=3, resources=once)
        assert (await node.outcome(again)).exit_status == 0


def _held(local: Path) -> Path:
    [found] = local.glob("usercache/alice/filecache/*/held")
    return found.parent


def test_use_and_size_are_seen(tmp_path: Path) -> None:
    folder = tmp_path / "filecache" / "key"
    (folder / "unpacked" / "deep").mkdir(parents=True)
    (folder / "unpacked" / "deep" / "file").write_bytes(bytes(8192))
    (tmp_path / "filecache" / "other_tmp").mkdir()
    os.utime(folder, (5, 5))
    [found] = scan(tmp_path)
    assert (found.folder, found.used_s) == (folder, 5)
    assert found.size_bytes >= 8192
