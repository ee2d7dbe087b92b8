"""What a node refuses; what it does is in tests/contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract.conftest import of_conf
from tests.contract.test_masters import ask, master
from xlearning.errors import ClusterError
from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.ids import NodeId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.records import NMToken, Token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local.live import Live

CONTEXT = ContainerLaunchContext("exec sleep 60")


async def test_a_forged_container_token(live: Live, tmp_path: Path) -> None:
    async with master(of_conf(live.home.conf_dir, real=False), tmp_path) as am:
        (one,) = await am.containers(ask(1))
        forged = replace(one, token=Token(one.token.identifier, bytes(20), "", ""))
        async with ContainerManagementProtocol(am.tokens[str(one.node_id)]) as node:
            with pytest.raises(ClusterError, match="Invalid container token"):
                await node.start_containers([(forged, CONTEXT)])


async def test_what_was_released_does_not_start(live: Live, tmp_path: Path) -> None:
    async with master(of_conf(live.home.conf_dir, real=False), tmp_path) as am:
        (one,) = await am.containers(ask(1))
        await am.beat(releases=[one.id])
        async with ContainerManagementProtocol(am.tokens[str(one.node_id)]) as node:
            outcome = await node.start_containers([(one, CONTEXT)])
            assert "not allocated any more" in outcome.failed[0].text


async def test_another_node_s_token(live: Live, tmp_path: Path) -> None:
    async with master(of_conf(live.home.conf_dir, real=False), tmp_path) as am:
        many = await am.containers(ask(6))
        one = many[0]
        listed = live.call("GET", "/ws/v1/cluster/nodes").json()["nodes"]["node"]
        other = next(n["id"] for n in listed if n["id"] != str(one.node_id))
        token = am.tokens[str(one.node_id)].token
        moved = NMToken(NodeId.parse(other), token)
        async with ContainerManagementProtocol(moved) as node:
            with pytest.raises(ClusterError, match="not valid for current"):
                await node.container_statuses([one.id])


async def test_another_application_s_container(live: Live, tmp_path: Path) -> None:
    yarn = of_conf(live.home.conf_dir, real=False)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with master(yarn, tmp_path / "a") as one, master(yarn, tmp_path / "b") as two:
        (mine,) = await one.containers(ask(1))
        await one.start(mine, CONTEXT.command)
        await two.containers(ask(8))
        token = two.tokens[str(mine.node_id)]
        async with ContainerManagementProtocol(token) as node:
            outcome = await node.stop_containers([mine.id])
            assert "attempted to stop non-application container" in (
                outcome.failed[0].text
            )
            started = await node.start_containers([(mine, CONTEXT)])
            assert "Unauthorized request to start container." in started.failed[0].text
