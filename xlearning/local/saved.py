"""What is written down of applications and keys, for the time after a restart. Pure.

As in `RMStateStore` of YARN's, what lives on the nodes is not here: they tell it.
"""

from __future__ import annotations

import msgspec


class SavedEnd(msgspec.Struct, frozen=True):
    """A container's end that its ApplicationMaster may not have been told."""

    container_id: str
    exit_status: int
    diagnostics: str


class SavedAttempt(msgspec.Struct, frozen=True):
    """One life of an ApplicationMaster; container and node are "" before it has one."""

    state: str
    started_ms: int
    master: str
    master_node: str
    host: str
    rpc_port: int
    tracking_url: str
    finished_ms: int
    diagnostics: str


class SavedSubmission(msgspec.Struct, frozen=True):
    """An application as it was submitted.

    Attributes:
        context: A `ContainerLaunchContextProto`.
        size: Of the ApplicationMaster: MiB, cores, GPUs.
    """

    user: str
    context: bytes
    size: tuple[int, int, int]
    name: str
    application_type: str
    tags: tuple[str, ...]
    max_attempts: int
    keep_containers: bool
    failures_validity_ms: int
    am_label: str
    label: str


class SavedApplication(msgspec.Struct, frozen=True):
    """What is remembered of an application."""

    id: str
    submission: SavedSubmission
    queue: str
    priority: int
    state: str
    final_status: str
    diagnostics: str
    tracking_url: str
    submitted_ms: int
    launched_ms: int
    finished_ms: int
    lifetime_ms: int
    failures_ms: tuple[int, ...]
    used: tuple[float, float]
    log_aggregation: str
    attempts: tuple[SavedAttempt, ...]
    ends: tuple[SavedEnd, ...]


class SavedKeys(msgspec.Struct, frozen=True):
    """The master keys of one kind of token."""

    current: int
    next: int | None
    keys: dict[int, bytes]


class SavedUse(msgspec.Struct, frozen=True):
    """The NMToken that an attempt last started a container with."""

    attempt: str
    node: str
    key: int
    password: bytes


class SavedTokens(msgspec.Struct, frozen=True):
    """What tokens are made and checked with."""

    amrm: SavedKeys
    nm: SavedKeys
    container: SavedKeys
    uses: tuple[SavedUse, ...]
    rolled_ms: int
