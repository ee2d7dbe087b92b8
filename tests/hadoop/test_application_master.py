"""Against a server made of Hadoop's classes: `java/FakeMaster.java`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ClusterError, ConnectionLost
from xlearning.hadoop.application_master import (
    ApplicationAttemptNotFound,
    ApplicationMasterNotRegistered,
    ApplicationMasterProtocol,
    FinalStatus,
    InvalidResourceRequest,
    Registration,
)
from xlearning.hadoop.constraints import (
    Constraint,
    Rejection,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.records import NodeState, Resource, ResourceRequest, Token
from xlearning.hadoop.rpc.channel import Deadlines
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.failover import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hadoop.conftest import FakeMaster

pytestmark = pytest.mark.java

NOWHERE = Address("127.0.0.1", 1)
# What an allocate call with this progress brings about at the server.
FORGOTTEN, BIG, NEW_TOKEN, OVER = 0.125, 0.25, 0.375, 0.5
INVALID, SLOW, STANDBY, NO_HANDLER = 0.625, 0.75, 0.875, 0.9375

ASK = ResourceRequest(
    3, Resource(256, 1), 2, resource_name="*", allocation_request_id=9
)
CONSTRAINED = SchedulingRequest(
    3,
    Resource(256, 1),
    2,
    3,
    ("w",),
    (Constraint((Target(TargetKind.ALLOCATION_TAG, "self", "w"),), 0, 0),),
)
HUGE = Resource(1 << 30, 1)
RELEASED = ContainerId.parse("container_e01_1700000000000_0042_01_000077")
QOPS = [
    ("authentication", Protection.AUTHENTICATION),
    ("integrity", Protection.INTEGRITY),
    ("privacy", Protection.PRIVACY),
]


def talk(master: FakeMaster, **options: float) -> ApplicationMasterProtocol:
    """Return a talk; the first address answers nothing."""
    return ApplicationMasterProtocol(
        [NOWHERE, master.address], master.token, deadlines=Deadlines(**options)
    )


@pytest.mark.parametrize(("name", "protection"), QOPS)
async def test_a_whole_life(
    start_master: Callable[[str], FakeMaster], name: str, protection: Protection
) -> None:
    master = start_master(name)
    async with ApplicationMasterProtocol(
        [master.address], master.token, protections=(protection,)
    ) as protocol:
        registration = await protocol.register("h ü", "http://h:1/", rpc_port=5)
        first = await protocol.allocate(
            0.1, [ASK], [RELEASED], avoid=frozenset({"bad"})
        )
        waiting = protocol.waiting
        big = await protocol.allocate(BIG)
        await protocol.finish(FinalStatus.SUCCEEDED, "fin ü", "http://h:1/")

    assert registration.queue == "h ü|5|http://h:1/"
    assert registration.maximum == Resource(4096, 8)
    assert registration.resource_types == ("memory-mb", "vcores")
    assert registration.acls == (("MODIFY_APP", "alice ops"),)
    assert registration.nm_tokens[0].node_id == NodeId("nm1", 45454)
    ask, release, avoid = (each.diagnostics for each in first.completed)
    assert "Priority: 3" in ask
    assert "# Containers: 2" in ask
    assert "Capability: <memory:256, vCores:1>" in ask
    assert ask.endswith("id=9")
    assert release == f"release {RELEASED}"
    assert avoid == "avoid [bad][]"
    assert not waiting
    assert first.containers[0].token.identifier == b"\x01\x02"
    assert first.containers[0].priority == 3
    assert [each.number % 2**40 for each in first.preemption.container_ids] == [1, 2]
    assert first.updated_nodes[0].state is NodeState.LOST
    assert (first.nodes, first.available) == (3, Resource(2048, 4))
    assert len(big.completed) == 4000


async def test_triple_des_too(start_master: Callable[[str], FakeMaster]) -> None:
    master = start_master("privacy")
    protocol = ApplicationMasterProtocol(
        [master.address],
        master.token,
        protections=(Protection.PRIVACY,),
        ciphers=("3des",),
    )
    async with protocol:
        await protocol.register("h", "")
        big = await protocol.allocate(BIG, [ASK])

    assert len(big.completed) == 4001


async def test_a_lost_reply_is_asked_for_again_and_later_asks_wait(
    start_master: Callable[[str], FakeMaster],
) -> None:
    async with talk(start_master("authentication"), call_s=0.4) as protocol:
        await protocol.register("h", "")
        with pytest.raises(ConnectionLost, match="did not answer `allocate`"):
            await protocol.allocate(SLOW, [ASK])
        again = await protocol.allocate(0.1, releases=[RELEASED])
        waiting = protocol.waiting
        after = await protocol.allocate(0.1)

    assert [each.diagnostics[:3] for each in again.completed] == ["ask"]
    assert waiting
    assert [each.diagnostics[:7] for each in after.completed] == ["release"]


async def test_a_forgotten_master_registers_again(
    start_master: Callable[[str], FakeMaster],
) -> None:
    async with talk(start_master("authentication")) as protocol:
        await protocol.register("h", "")
        await protocol.allocate(0.1, avoid=frozenset({"bad"}))
        with pytest.raises(ApplicationMasterNotRegistered):
            await protocol.allocate(FORGOTTEN, [ASK], [RELEASED])
        await protocol.register("h", "")
        after = await protocol.allocate(0.1)

    words = [each.diagnostics for each in after.completed]
    assert words == [f"release {RELEASED}", "avoid [bad][]"]


async def test_finish_registers_again_by_itself(
    start_master: Callable[[str], FakeMaster],
) -> None:
    async with talk(start_master("authentication")) as protocol:
        await protocol.register("h", "")
        with pytest.raises(ApplicationMasterNotRegistered):
            await protocol.allocate(FORGOTTEN)
        await protocol.finish(FinalStatus.SUCCEEDED, "fin ü", "http://h:1/")


async def test_registering_twice_is_no_error(
    start_master: Callable[[str], FakeMaster],
) -> None:
    master = start_master("authentication")
    async with talk(master) as protocol:
        await protocol.register("h", "")
    async with talk(master) as protocol:
        registration = await protocol.register("h", "")

    assert registration == Registration(maximum=None)


async def test_a_newer_token_is_used_at_once(
    start_master: Callable[[str], FakeMaster],
) -> None:
    async with talk(start_master("authentication")) as protocol:
        await protocol.register("h", "")
        old = protocol._token
        await protocol.allocate(NEW_TOKEN)
        new = protocol._token
        await protocol.allocate(0.1)

    assert new.identifier != old.identifier


async def test_refusals_have_types(start_master: Callable[[str], FakeMaster]) -> None:
    async with talk(start_master("authentication")) as protocol:
        await protocol.register("h", "")
        with pytest.raises(ApplicationAttemptNotFound, match="attempt is over"):
            await protocol.allocate(OVER)
        with pytest.raises(InvalidResourceRequest) as caught:
            await protocol.allocate(INVALID, [ASK], [RELEASED])
        with pytest.raises(InvalidResourceRequest, match="non empty Sched"):
            await protocol.allocate(NO_HANDLER, [CONSTRAINED])
        with pytest.raises(InvalidResourceRequest, match="no node can hold"):
            await protocol.allocate(0.1, [replace(CONSTRAINED, capability=HUGE)])
        with pytest.raises(ConnectionLost, match="cannot serve now"):
            await protocol.allocate(STANDBY)
        with pytest.raises(
            InvalidResourceRequest, match=r"no resource type `yarn.io/gpu`"
        ):
            await protocol.allocate(
                0.1, [ResourceRequest(1, Resource(1, 1, gpus=1), 1)]
            )

    assert caught.value.remote_text == "Invalid resource request!"
    assert caught.value.method == "allocate"


async def test_asks_with_conditions_are_given_up_by_name(
    start_master: Callable[[str], FakeMaster],
) -> None:
    async with talk(start_master("authentication")) as protocol:
        await protocol.register("h", "")
        given = await protocol.allocate(0.1, [CONSTRAINED])
        later = await protocol.allocate(0.1)

    assert given.rejections == (Rejection(CONSTRAINED, "COULD_NOT_PLACE_ON_NODE"),)
    assert later.rejections == ()


async def test_a_wrong_password_is_refused(
    start_master: Callable[[str], FakeMaster],
) -> None:
    master = start_master("authentication")
    wrong = Token(master.token.identifier, b"wrong")
    async with ApplicationMasterProtocol([master.address], wrong) as protocol:
        with pytest.raises(ClusterError) as caught:
            await protocol.register("h", "")

    assert caught.value.java_class == "javax.security.sasl.SaslException"


async def test_nobody_there_is_a_lost_connection() -> None:
    protocol = ApplicationMasterProtocol([NOWHERE, NOWHERE], Token(b"i", b"p"))
    async with protocol:
        with pytest.raises(ConnectionLost, match="cannot connect to"):
            await protocol.register("h", "")

        assert protocol.pause_s > 0
