"""Submissions over Hadoop RPC: what is refused, by class and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.contract.conftest import USER, Yarn
from xlearning.config.cluster import rm_client_addresses
from xlearning.config.site import load_hadoop
from xlearning.errors import ClusterError
from xlearning.hadoop.proto import yarn_client_pb2 as records
from xlearning.hadoop.proto import yarn_client_service_pb2 as pb
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.rpc.channel import RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import SimpleUser
from xlearning.local.client_service import CLIENT_PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from xlearning.hadoop.proto.yarn_client_pb2 import (
        ApplicationSubmissionContextProto as Context,
    )

    Change = Callable[[Context], object]

M = TypeVar("M", bound="Message")
LIFETIME = records.APP_TIMEOUT_LIFETIME
YARN = "org.apache.hadoop.yarn.exceptions."
TOO_MUCH = (
    "Invalid resource request! Cannot allocate containers as requested resource is "
    "greater than maximum allowed allocation. Requested resource type=[{}], Requested "
    "resource=<{}>, maximum allowed allocation=<memory:4096, vCores:8, "
    "yarn.io/gpu: 2>, please note that maximum allowed allocation is calculated by "
    "scheduler based on maximum resource of registered NodeManagers, which might be "
    "less than configured maximum allocation=<memory:4096, vCores:8, "
    "yarn.io/gpu: 9223372036854775807>"
)
NO_LABELS = (
    "Invalid resource request, node label not enabled but request contains label "
    "expression"
)


class Client:
    """Calls the ResourceManager as `yarn` does."""

    def __init__(self, channel: RpcChannel) -> None:
        self._channel = channel

    async def call(self, method: str, kind: type[M], request: bytes = b"") -> M:
        """Call a method."""
        return kind.FromString(await self._channel.call(method, request))

    async def submit(self, change: Change) -> yarn_pb2.ApplicationIdProto:
        """Submit an application that is changed before; return its id."""
        answer = pb.GetNewApplicationResponseProto
        request = pb.SubmitApplicationRequestProto()
        context = request.application_submission_context
        new = await self.call("getNewApplication", answer)
        context.application_id.CopyFrom(new.application_id)
        context.am_container_spec.command.append("true")
        context.resource.memory = 64
        context.resource.virtual_cores = 1
        change(context)
        kind = pb.SubmitApplicationResponseProto
        await self.call("submitApplication", kind, request.SerializeToString())
        return context.application_id

    async def kill(self, application_id: yarn_pb2.ApplicationIdProto) -> None:
        """Kill an application."""
        request = pb.KillApplicationRequestProto(application_id=application_id)
        kind = pb.KillApplicationResponseProto
        await self.call("forceKillApplication", kind, request.SerializeToString())


def channel_of(yarn: Yarn) -> RpcChannel:
    """Return a connection to a cluster's ResourceManager."""
    found = rm_client_addresses(load_hadoop(yarn.conf_dir, {}))[0]
    host, _, port = found.rpartition(":")
    user = SimpleUser(USER)
    return RpcChannel(CLIENT_PROTOCOL, Failover([Address(host, int(port))]), user)


def size(memory_mb: int = 64, cores: int = 1) -> Change:
    def change(context: Context) -> None:
        context.resource.memory = memory_mb
        context.resource.virtual_cores = cores

    return change


def units(name: str, amount: int) -> Change:
    return lambda context: context.resource.resource_value_map.add(
        key=name, value=amount, units=""
    )


def of_the_master(memory_mb: int, label: str) -> Change:
    """Return a change by the request that goes before `resource`."""

    def change(context: Context) -> None:
        request = context.am_container_resource_request.add(
            priority=yarn_pb2.PriorityProto(priority=0),
            resource_name="*",
            num_containers=1,
            node_label_expression=label,
        )
        request.capability.memory = memory_mb
        request.capability.virtual_cores = 1

    return change


def field(name: str, value: str) -> Change:
    return lambda context: setattr(context, name, value)


def tags(*given: str) -> Change:
    return lambda context: context.applicationTags.extend(given)


def lifetime(seconds: int) -> Change:
    return lambda context: context.application_timeouts.add(
        application_timeout_type=LIFETIME, timeout=seconds
    )


RESOURCE, LABEL = "InvalidResourceRequest", "InvalidLabelResourceRequest"
REFUSED = [
    ("memory", size(4097), RESOURCE, "memory-mb|memory:4097, vCores:1"),
    ("cores", size(64, 9), RESOURCE, "vcores|memory:64, vCores:9"),
    (
        "gpus",
        units("yarn.io/gpu", 3),
        RESOURCE,
        "yarn.io/gpu|memory:64, vCores:1, yarn.io/gpu: 3",
    ),
    (
        "master",
        of_the_master(5000, ""),
        RESOURCE,
        "memory-mb|memory:5000, vCores:1",
    ),
    (
        "negative",
        size(-1),
        RESOURCE,
        "less than 0! Requested resource type=[memory-mb]",
    ),
    (
        "absent",
        lambda context: context.ClearField("resource"),
        RESOURCE,
        "Invalid resource request, no resources requested",
    ),
    ("label", field("node_label_expression", "nosuch"), LABEL, NO_LABELS),
    ("master's label", of_the_master(64, "nosuch"), LABEL, NO_LABELS),
    ("queue", field("queue", ""), "Yarn", "submit context queue is null or empty"),
    (
        "long tag",
        tags("x" * 101),
        "Yarn",
        f"Tag {'x' * 101} is too long, maximum allowed length of a tag is 100",
    ),
    (
        "tags",
        tags(*map(str, range(11))),
        "Yarn",
        "Too many applicationTags, a maximum of only 10 are allowed!",
    ),
    (
        "no ASCII",
        tags("ü"),
        "Yarn",
        "A tag can only have ASCII characters! Invalid tag - ü",
    ),
    (
        "lifetime",
        lifetime(0),
        "Yarn",
        "Invalid application timeout, value=0 for type=LIFETIME",
    ),
]


@pytest.mark.parametrize(
    ("change", "java_class", "words"),
    [each[1:] for each in REFUSED],
    ids=[each[0] for each in REFUSED],
)
async def test_what_is_refused(
    yarn: Yarn, change: Change, java_class: str, words: str
) -> None:
    kind, bar, asked = words.partition("|")
    async with channel_of(yarn) as channel:
        with pytest.raises(ClusterError) as caught:
            await Client(channel).submit(change)
    assert caught.value.java_class == f"{YARN}{java_class}Exception"
    assert (TOO_MUCH.format(kind, asked) if bar else words) in caught.value.remote_text


@pytest.mark.parametrize(
    "change",
    [units("yarn.io/gpu", 1), units("some/thing", 1), field("queue", "nope")],
    ids=["gpu", "unknown resource", "unknown queue"],
)
async def test_what_is_accepted(yarn: Yarn, change: Change) -> None:
    async with channel_of(yarn) as channel:
        client = Client(channel)
        await client.kill(await client.submit(change))
