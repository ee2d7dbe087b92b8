"""What a node writes down of a container that it has accepted. Blocks, briefly.

The file is there from the acceptance until nothing is left of the container, as in
YARN's `NMStateStoreService`: a server that follows one which was killed goes on with
what it finds. It holds the container's tokens, in a folder of its own for the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
)
from xlearning.local.node.keeper import write_whole
from xlearning.local.node.spec import ContainerStart

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.node.layout import ContainerLayout


class _File(msgspec.Struct):
    url: str
    size: int
    timestamp_ms: int
    type: LocalResourceType
    visibility: LocalResourceVisibility


class _Context(msgspec.Struct):
    command: str
    environment: dict[str, str]
    local_resources: dict[str, _File]
    credentials: bytes
    acls: dict[str, str]


class _Record(msgspec.Struct):
    container_id: str
    application_id: str
    user: str
    context: _Context
    memory_mb: int
    vcores: int
    environment: dict[str, str]
    node_port: int
    gpus: int
    priority: int
    allocation_request_id: int


def write(start: ContainerStart, layout: ContainerLayout) -> None:
    """Write a container down.

    Raises:
        OSError: The disk is full.
    """
    layout.private.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(layout.record, encode(start))


def read(path: Path) -> ContainerStart | None:
    """Read a container's file, None where there is none that can be read."""
    try:
        return decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def encode(start: ContainerStart) -> bytes:
    """Return a container as JSON."""
    record = msgspec.convert(start, _Record, from_attributes=True)
    return msgspec.json.encode(record)


def decode(data: bytes) -> ContainerStart:
    """Read a container from JSON.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    record = msgspec.json.decode(data, type=_Record)
    context = msgspec.structs.asdict(record.context)
    context["local_resources"] = {
        link: LocalResource(**msgspec.structs.asdict(file))
        for link, file in record.context.local_resources.items()
    }
    fields = msgspec.structs.asdict(record)
    return ContainerStart(**fields | {"context": ContainerLaunchContext(**context)})
