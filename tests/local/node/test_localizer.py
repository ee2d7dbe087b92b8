"""Files are fetched once, shared by those who may, and counted."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.local.node.conftest import node_spec, order
from xlearning.hadoop.launch_context import LocalResource, LocalResourceVisibility
from xlearning.local.node.layout import NodeLayout
from xlearning.local.node.localizer import LocalizationFailed, Localizer
from xlearning.local.node.spec import NodeOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def localizer(tmp_path: Path) -> Iterator[Localizer]:
    """The files of a node."""
    found = Localizer(NodeLayout.of(node_spec(tmp_path)), NodeOptions())
    yield found
    found.close()


def resource(path: Path, text: str = "x") -> LocalResource:
    """Write a file and return it as a resource."""
    path.write_text(text)
    return LocalResource(
        f"file://{path}", len(text), path.stat().st_mtime_ns // 1_000_000
    )


async def test_one_download_for_many_containers(
    localizer: Localizer, tmp_path: Path
) -> None:
    shared = replace(
        resource(tmp_path / "a", "abc"), visibility=LocalResourceVisibility.PRIVATE
    )
    starts = [order(number=n, resources={"l": shared}) for n in range(20)]
    found = await asyncio.gather(*map(localizer.localize, starts))
    assert len({next(iter(links)) for links, _ in found}) == 1
    [path] = found[0][0]
    assert found[0][0][path] == "l"
    assert path.read_text() == "abc"
    assert path.is_relative_to(tmp_path / "local" / "usercache" / "alice" / "filecache")
    _, counters = await localizer.localize(order(number=99, resources={"l": shared}))
    assert str(counters).startswith("0,3,0,1,")
    assert str(found[0][1]).startswith("3,0,1,0,")


async def test_an_application_keeps_its_own(
    localizer: Localizer, tmp_path: Path
) -> None:
    mine = resource(tmp_path / "a")
    links, _ = await localizer.localize(order(resources={"l": mine}))
    other = replace(order(resources={"l": mine}), application_id="application_1_0002")
    others, _ = await localizer.localize(other)
    assert links.keys() != others.keys()


async def test_a_failure_is_tried_again(localizer: Localizer, tmp_path: Path) -> None:
    missing = LocalResource(f"file://{tmp_path}/a", 1, 5000)
    start = order(resources={"l": missing})
    with pytest.raises(LocalizationFailed, match="does not exist"):
        await localizer.localize(start)
    (tmp_path / "a").touch()
    os.utime(tmp_path / "a", (5, 5))
    links, _ = await localizer.localize(start)
    assert list(links.values()) == ["l"]


async def test_unknown_file_systems(localizer: Localizer) -> None:
    start = order(resources={"l": LocalResource("gopher://x/a", 1, 5)})
    with pytest.raises(LocalizationFailed, match="gopher"):
        await localizer.localize(start)


async def test_a_disk_that_cannot_be_written_to(
    localizer: Localizer, tmp_path: Path
) -> None:
    (tmp_path / "local").write_text("in the way")
    start = order(resources={"l": resource(tmp_path / "a")})
    with pytest.raises(LocalizationFailed, match=r"java\.io\.IOException"):
        await localizer.localize(start)
