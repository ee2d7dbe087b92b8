from __future__ import annotations

import pytest

from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.records import (
    Container,
    ContainerState,
    ContainerStatus,
    NMToken,
    NodeReport,
    NodeState,
    Preemption,
    Resource,
    ResourceRequest,
    Token,
)

C1 = ContainerId.parse("container_e01_1700000000000_0042_01_000001")
C2 = ContainerId.parse("container_e01_1700000000000_0042_01_000002")
NODE = NodeId("nm1", 45454)
TOKEN = Token(b"who", b"secret", "NMToken", "10.0.0.1:45454")


def test_a_container_survives_its_message() -> None:
    container = Container(
        C1, NODE, "nm1:8042", Resource(256, 1, gpus=1), 3, TOKEN, 7, version=2
    )

    assert Container.from_proto(container.to_proto()) == container


def test_a_container_of_an_ask_without_id_says_minus_one() -> None:
    assert Container.from_proto(yarn_pb2.ContainerProto()).allocation_request_id == -1


@pytest.mark.parametrize("state", [None, *ContainerState])
def test_a_status_survives_its_message(state: ContainerState | None) -> None:
    status = ContainerStatus(C1, state, -105, "Container killed")

    assert ContainerStatus.from_proto(status.to_proto()) == status


def test_an_absent_state_is_not_the_first_one() -> None:
    assert ContainerStatus.from_proto(yarn_pb2.ContainerStatusProto()).state is None
    assert NodeReport.from_proto(yarn_pb2.NodeReportProto()).state is None


@pytest.mark.parametrize(
    "ask",
    [
        ResourceRequest(1, Resource(256, 1), 0),
        ResourceRequest(
            5,
            Resource(256, 1, gpus=1),
            3,
            resource_name="nm1",
            relax_locality=False,
            node_label="",
            allocation_request_id=0,
        ),
    ],
)
def test_an_ask_survives_its_message(ask: ResourceRequest) -> None:
    message = ask.to_proto()

    assert ResourceRequest.from_proto(message) == ask
    assert message.HasField("priority")
    assert message.HasField("num_containers")
    assert message.HasField("node_label_expression") == (ask.node_label is not None)


@pytest.mark.parametrize("state", [None, *NodeState])
def test_a_node_report_survives_its_message(state: NodeState | None) -> None:
    used, total = Resource(1, 1), Resource(2, 2, gpus=1)
    report = NodeReport(NODE, state, "nm1:8042", "/r", used, total, "sick", ("gpu",))

    assert NodeReport.from_proto(report.to_proto()) == report


def test_a_preemption_survives_its_message() -> None:
    preemption = Preemption((C1,), (C2,))

    assert Preemption.from_proto(preemption.to_proto()) == preemption
    assert preemption.container_ids == (C1, C2)
    assert not Preemption.from_proto(yarn_pb2.PreemptionMessageProto()).container_ids


def test_a_token_survives_its_message_and_is_never_shown() -> None:
    nm_token = NMToken(NODE, TOKEN)

    assert NMToken.from_proto(nm_token.to_proto()) == nm_token
    assert "secret" not in repr(nm_token)
    assert Token(b"", b"").to_proto().IsInitialized()
