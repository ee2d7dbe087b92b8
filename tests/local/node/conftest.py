"""Values that the tests of the node share, and a node that runs."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.hadoop.launch_context import ContainerLaunchContext, LocalResource
from xlearning.local.node.manager import (
    ContainerEnded,
    ContainerStart,
    NodeManager,
    NodeOptions,
    NodeSpec,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

APPLICATION = "application_1700000000000_0007"
TIMEOUT_S = 20.0


def container_id(number: int) -> str:
    """Return the id of a container."""
    return f"container_1700000000000_0007_01_{number:06d}"


def order(
    command: str = "true",
    *,
    number: int = 1,
    environment: Mapping[str, str] | None = None,
    resources: Mapping[str, LocalResource] | None = None,
    added: Mapping[str, str] | None = None,
) -> ContainerStart:
    """Return an order to start a container."""
    context = ContainerLaunchContext(
        command, environment or {}, resources or {}, acls={"VIEW_APP": "bob"}
    )
    return ContainerStart(
        container_id=container_id(number),
        application_id=APPLICATION,
        user="alice",
        context=context,
        memory_mb=128,
        vcores=1,
        environment=added or {},
        node_port=45454,
    )


def node_spec(folder: Path) -> NodeSpec:
    """Return a node below a folder."""
    return NodeSpec("nm1", 1024, 4, 0, folder / "local", folder / "logs")


@dataclass
class Node:
    """A node that runs.

    Attributes:
        folder: Everything it writes is below.
        ends: What it told, by container.
        found: Containers of an earlier life, as it told them.
    """

    folder: Path
    options: NodeOptions
    ends: dict[str, asyncio.Future[ContainerEnded]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    manager: NodeManager = field(init=False)

    def __post_init__(self) -> None:
        spec = node_spec(self.folder)
        self.manager = NodeManager(spec, self._ended, self.options, self._find)

    def _find(self, kept: list[ContainerStart]) -> None:
        for start in kept:
            self.found.append(start.container_id)
            loop = asyncio.get_running_loop()
            self.ends[start.container_id] = loop.create_future()

    def _ended(self, end: ContainerEnded) -> None:
        self.ends[end.container_id].set_result(end)

    def start(self, start: ContainerStart) -> str:
        """Start a container."""
        loop = asyncio.get_running_loop()
        self.ends.setdefault(start.container_id, loop.create_future())
        self.manager.start(start)
        return start.container_id

    async def end(self, container: str) -> ContainerEnded:
        """Wait for a container's end."""
        async with asyncio.timeout(TIMEOUT_S):
            return await self.ends[container]

    async def outcome(self, start: ContainerStart) -> ContainerEnded:
        """Start a container and wait for its end."""
        return await self.end(self.start(start))

    async def log(self, container: str, name: str) -> str:
        """Wait until a log file is there and is not empty, and return it."""

        def written() -> bool:
            files = self.manager.log_files(container)
            return any(file.name == name and file.size for file in files)

        await eventually(written)
        return self.manager.read_log(container, name).decode()


@asynccontextmanager
async def running(folder: Path, **options: object) -> AsyncIterator[Node]:
    """Run a node for a block of code."""
    settings = {"remote_log_dir": str(folder / "remote"), **options}
    node = Node(folder, NodeOptions(**settings))  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(node.manager.run())
        await node.manager.ready.wait()
        try:
            yield node
        finally:
            task.cancel()


async def none_left(marker: str) -> None:
    """Wait until no process has a marker among its words."""
    await eventually(lambda: not processes_with(marker))


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells of: files and processes of others."""
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def processes_with(marker: str) -> list[int]:
    """Return the processes that have a marker among their words."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdecimal() or int(name) == os.getpid():
            continue
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if marker.encode() in words:
            found.append(int(name))
    return found


@pytest.fixture
def marker(tmp_path: Path) -> str:
    """A number of seconds to sleep that no other test sleeps."""
    return f"{600 + os.getpid() % 1000}.{abs(hash(tmp_path)) % 10**9}"
