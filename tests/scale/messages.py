"""What the scale run and the processes with its agents say to each other, as JSON."""

from __future__ import annotations

import msgspec


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Start an agent; all of it stood in the start request.

    Attributes:
        container_id: Its container.
        host: Its node.
        am_host: Where the ApplicationMaster listens.
        am_port: And its port.
        certificate: PEM.
        key: PEM.
        authority: The job's certificate authority, PEM.
    """

    container_id: str
    host: str
    am_host: str
    am_port: int
    certificate: bytes
    key: bytes
    authority: bytes


class Finish(msgspec.Struct, frozen=True, tag=True):
    """Let all workers' programs end well."""


class End(msgspec.Struct, frozen=True, tag=True):
    """End an agent, as a NodeManager does."""

    container_id: str


class Told(msgspec.Struct, frozen=True, tag=True):
    """An agent got the view.

    Attributes:
        at: When, seconds since the epoch.
        view_bytes: How long the view is.
        digest: Of the view.
    """

    at: float
    view_bytes: int
    digest: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """An agent has ended."""

    container_id: str


Order = Begin | Finish | End
Report = Told | Ended
