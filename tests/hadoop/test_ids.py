from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId, NodeId

if TYPE_CHECKING:
    from tests.hadoop.conftest import Java

attempts = st.builds(
    ApplicationAttemptId,
    st.integers(0, 2**62),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
)
containers = st.builds(ContainerId, attempts, st.integers(0, 2**62))

CONTAINERS = (
    "container_1700000000000_0042_01_000003",
    "container_e02_1700000000000_0042_01_000003",
    "container_e123_1700000000000_123456_123_12345678",
)


@given(attempts)
def test_an_attempt_survives_its_text_and_its_message(
    attempt: ApplicationAttemptId,
) -> None:
    assert ApplicationAttemptId.parse(str(attempt)) == attempt
    assert ApplicationAttemptId.from_proto(attempt.to_proto()) == attempt


@given(containers)
def test_a_container_survives_its_text_and_its_message(container: ContainerId) -> None:
    assert ContainerId.parse(str(container)) == container
    assert ContainerId.from_proto(container.to_proto()) == container


@pytest.mark.parametrize("text", CONTAINERS)
def test_the_epoch_shows_only_where_there_is_one(text: str) -> None:
    assert str(ContainerId.parse(text)) == text


def test_the_epoch_is_in_the_upper_bits() -> None:
    container = ContainerId.parse(CONTAINERS[1])

    assert container.epoch == 2
    assert container.number == 2 * 2**40 + 3
    assert container.attempt_id.application_id == "application_1700000000000_0042"


@pytest.mark.parametrize("text", ["", "container_1_2", "container_x_1_1_1", "nm1"])
def test_other_text_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        ContainerId.parse(text)
    with pytest.raises(ValueError, match="is not"):
        ApplicationAttemptId.parse(text)
    with pytest.raises(ValueError, match="is not"):
        NodeId.parse(text)


def test_a_node_is_a_host_and_a_port() -> None:
    node = NodeId.parse("nm1:45454")

    assert node == NodeId("nm1", 45454)
    assert NodeId.from_proto(node.to_proto()) == node
    assert str(node) == "nm1:45454"


@pytest.mark.java
def test_hadoop_writes_the_same_ids(java: Java) -> None:
    attempt = "appattempt_1700000000000_0042_000001"
    lines = [*(f"container {text}" for text in CONTAINERS), f"attempt {attempt}"]
    ours = [
        *(ContainerId.parse(text).to_proto() for text in CONTAINERS),
        ApplicationAttemptId.parse(attempt).to_proto(),
        NodeId.parse("nm1:45454").to_proto(),
    ]

    answers = java.run("Ids", lines=[*lines, "node nm1:45454"])

    texts = [*CONTAINERS, attempt, "nm1:45454"]
    assert [line.split(" ")[0] for line in answers] == texts
    theirs = [base64.b64decode(line.split(" ")[1]) for line in answers]
    assert theirs == [each.SerializeToString(deterministic=True) for each in ours]
