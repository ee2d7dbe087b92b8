"""Against a server made of Hadoop's classes: `java/FakeMaster.java`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.hadoop.container_management import ContainerManagementProtocol, Failure
from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.launch_context import ContainerLaunchContext, LocalResource
from xlearning.hadoop.records import (
    Container,
    ContainerState,
    NMToken,
    Resource,
    Token,
)
from xlearning.hadoop.rpc.digest_md5 import Protection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hadoop.conftest import FakeMaster

C1 = ContainerId.parse("container_e01_1700000000000_0042_01_000001")
C2 = ContainerId.parse("container_e01_1700000000000_0042_01_000002")
CONTEXT = ContainerLaunchContext(
    command="exec true",
    environment={"A": "ü"},
    local_resources={"link": LocalResource("hdfs://Ns/a%20b", 5, 6)},
    credentials=b"HDTS",
    acls={"VIEW_APP": "alice"},
)


def allocated(kind: str) -> Container:
    """Return a container whose token is of a kind."""
    token = Token(b"", b"", kind)
    return Container(C1, NodeId("nm1", 1), "", Resource(1, 1), 0, token)


@pytest.mark.java
async def test_each_container_has_its_own_result(
    start_master: Callable[[str], FakeMaster],
) -> None:
    master = start_master("privacy")
    node_id = NodeId(master.address.host, master.address.port)
    nm_token = NMToken(node_id, master.token)
    async with ContainerManagementProtocol(
        nm_token, protections=(Protection.PRIVACY,)
    ) as node:
        starts = [(allocated("good"), CONTEXT), (allocated("bad"), CONTEXT)]
        started = await node.start_containers(starts)
        node.use(nm_token)
        stopped = await node.stop_containers([C1, C2])
        node.use(NMToken(node_id, master.token))
        statuses = await node.container_statuses([C1, C2])

    assert len(started.succeeded) == 1
    (failure,) = started.failed
    assert failure.java_class == "org.apache.hadoop.yarn.exceptions.YarnException"
    assert failure.text == (
        "[exec true]{A=ü}link=hdfs://Ns/a b 5 6 FILE APPLICATION{VIEW_APP=alice}4"
    )
    assert stopped.succeeded == (C1,)
    assert stopped.failed[0].container_id == C2
    assert [each.container_id for each in statuses.known] == [C1, C2]
    assert statuses.known[0].state is ContainerState.RUNNING
    assert statuses.failed == ()


def test_a_repeated_start_is_recognised() -> None:
    text = (
        "Unauthorized request to start container.\n"
        f" Attempt to relaunch the same container with id {C1}"
    )

    assert Failure(C1, "", text).started_already
    assert not Failure(C1, "", "This token is expired").started_already
