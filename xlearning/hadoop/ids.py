"""YARN's ids as values: attempts, containers, nodes. Pure.

Text forms are YARN's own (`ApplicationAttemptId`, `ContainerId` of Hadoop's records).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlearning.hadoop.proto import yarn_pb2

_ATTEMPT = re.compile(r"appattempt_(\d+)_(\d{4,})_(\d{6,})\Z")
_CONTAINER = re.compile(r"container_(?:e(\d+)_)?(\d+)_(\d{4,})_(\d{2,})_(\d{6,})\Z")
_EPOCH_BITS = 40


@dataclass(frozen=True, slots=True, order=True)
class ApplicationAttemptId:
    """One life of an ApplicationMaster.

    Attributes:
        cluster_timestamp: When the ResourceManager that gave the id started, in ms.
        application: The application's number in that life.
        attempt: The attempt's number, from 1.
    """

    cluster_timestamp: int
    application: int
    attempt: int

    def __str__(self) -> str:
        """Return `appattempt_<time stamp>_<application>_<attempt>`."""
        return (
            f"appattempt_{self.cluster_timestamp}"
            f"_{self.application:04d}_{self.attempt:06d}"
        )

    @property
    def application_id(self) -> str:
        """The application, as `application_<time stamp>_<number>`."""
        return f"application_{self.cluster_timestamp}_{self.application:04d}"

    @classmethod
    def parse(cls, text: str) -> ApplicationAttemptId:
        """Read YARN's text form.

        Raises:
            ValueError: `text` is no attempt's id.
        """
        match = _ATTEMPT.match(text)
        if match is None:
            raise ValueError(f"`{text}` is not the id of an application's attempt")
        return cls(int(match[1]), int(match[2]), int(match[3]))

    @classmethod
    def from_proto(
        cls, message: yarn_pb2.ApplicationAttemptIdProto
    ) -> ApplicationAttemptId:
        """Read a message."""
        application = message.application_id
        return cls(application.cluster_timestamp, application.id, message.attemptId)

    def to_proto(self) -> yarn_pb2.ApplicationAttemptIdProto:
        """Return it as a message."""
        application = yarn_pb2.ApplicationIdProto(
            id=self.application, cluster_timestamp=self.cluster_timestamp
        )
        return yarn_pb2.ApplicationAttemptIdProto(
            application_id=application, attemptId=self.attempt
        )


@dataclass(frozen=True, slots=True, order=True)
class ContainerId:
    """A container.

    Attributes:
        attempt_id: The attempt that it was given to; stays when a later one keeps it.
        number: The container's number, with the ResourceManager's epoch (how often it
            was restarted) in the bits from 40 on.
    """

    attempt_id: ApplicationAttemptId
    number: int

    @property
    def epoch(self) -> int:
        """How often the ResourceManager had been restarted."""
        return self.number >> _EPOCH_BITS

    def __str__(self) -> str:
        """Return YARN's text form; the epoch shows only where there is one."""
        attempt = self.attempt_id
        epoch = f"e{self.epoch:02d}_" if self.epoch else ""
        number = self.number & ((1 << _EPOCH_BITS) - 1)
        return (
            f"container_{epoch}{attempt.cluster_timestamp}_{attempt.application:04d}"
            f"_{attempt.attempt:02d}_{number:06d}"
        )

    @classmethod
    def parse(cls, text: str) -> ContainerId:
        """Read YARN's text form, e.g. from the variable CONTAINER_ID.

        Raises:
            ValueError: `text` is no container's id.
        """
        match = _CONTAINER.match(text)
        if match is None:
            raise ValueError(f"`{text}` is not the id of a container")
        attempt = ApplicationAttemptId(int(match[2]), int(match[3]), int(match[4]))
        return cls(attempt, int(match[1] or 0) << _EPOCH_BITS | int(match[5]))

    @classmethod
    def from_proto(cls, message: yarn_pb2.ContainerIdProto) -> ContainerId:
        """Read a message."""
        attempt = ApplicationAttemptId.from_proto(message.app_attempt_id)
        return cls(attempt, message.id)

    def to_proto(self) -> yarn_pb2.ContainerIdProto:
        """Return it as a message, with the same fields set as Hadoop sets."""
        return yarn_pb2.ContainerIdProto(
            app_attempt_id=self.attempt_id.to_proto(), id=self.number
        )


@dataclass(frozen=True, slots=True, order=True)
class NodeId:
    """A NodeManager, by the address of its RPC server."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port`."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> NodeId:
        """Read `host:port`.

        Raises:
            ValueError: `text` has another form.
        """
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"`{text}` is not a node's `host:port`")
        return cls(host, int(port))

    @classmethod
    def from_proto(cls, message: yarn_pb2.NodeIdProto) -> NodeId:
        """Read a message."""
        return cls(message.host, message.port)

    def to_proto(self) -> yarn_pb2.NodeIdProto:
        """Return it as a message."""
        return yarn_pb2.NodeIdProto(host=self.host, port=self.port)
