"""Starting and stopping containers on NodeManagers that do not answer.

What a NodeManager that does answer makes of it is tried on a real Hadoop.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from xlearning.am.actions import Launch
from xlearning.am.certificates import CertificateAuthority
from xlearning.am.events import StartRefused
from xlearning.am.launcher import TASKS_FILE, Launcher
from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.records import Container, NMToken, Resource, Token
from xlearning.job.ids import TaskId, TryId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.am.conftest import Ears
    from xlearning.am.surroundings import Surroundings

C2 = "container_1700000000000_0001_01_000002"
RUN = TryId(TaskId("worker", 0), 0)


class Kept:
    """One container on a node where nobody listens."""

    def __init__(self, port: int) -> None:
        self._node = NodeId("127.0.0.1", port)

    def container(self, container_id: str) -> Container | None:
        if container_id != C2:
            return None
        return Container(
            ContainerId.parse(C2),
            self._node,
            "127.0.0.1:8042",
            Resource(512, 1),
            1,
            Token(b"i", b"p", "ContainerToken"),
        )

    def nm_token(self, node: str) -> NMToken:
        return NMToken(self._node, Token(b"n", b"p", "NMToken"))


OLD = "container_1700000000000_0001_01_000007"


@pytest.fixture
def tasks() -> dict[str, str]:
    """Return the tasks that containers have now."""
    return {OLD: "worker-1", C2: "worker-0"}


@pytest.fixture
def launcher(
    given: Surroundings, ears: Ears, tasks: dict[str, str]
) -> Iterator[Launcher]:
    """Return a launcher whose only node is down: its port is bound, nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        kept = Kept(bound.getsockname()[1])
        authority = CertificateAuthority(bytes(32))
        yield Launcher(given, authority, kept, ears, lambda: tasks)


async def test_a_node_that_is_down_refuses(
    launcher: Launcher, given: Surroundings, ears: Ears
) -> None:
    await launcher.launch([Launch(C2, RUN)])
    refused = await ears.next()
    assert isinstance(refused, StartRefused)
    assert refused.container_id == C2
    assert "127.0.0.1" in refused.reason


async def test_containers_are_written_down_by_their_tasks(
    launcher: Launcher, given: Surroundings, tasks: dict[str, str]
) -> None:
    del tasks[C2]
    await launcher.launch([])
    tasks.clear()  # worker 1 waits again, for another container
    tasks[C2] = "worker-0"
    await launcher.launch([Launch(C2, RUN)])
    written = json.loads((given.log_dir / TASKS_FILE).read_bytes())
    assert written == {C2: "worker-0", OLD: "worker-1"}, "logs of both have a name"


async def test_a_container_that_has_ended_is_not_started(
    launcher: Launcher, ears: Ears
) -> None:
    await launcher.launch([Launch("container_1700000000000_0001_01_000009", RUN)])
    assert ears.is_quiet


async def test_a_stop_that_does_not_reach_a_node_is_left_to_yarn(
    launcher: Launcher, ears: Ears
) -> None:
    await launcher.stop(C2)
    await launcher.stop("container_1700000000000_0001_01_000009")
    assert ears.is_quiet
