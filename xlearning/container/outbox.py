"""Keeps what must not be lost until the ApplicationMaster has it. Pure.

Reports are numbered from 1, sent in order, kept until they are acknowledged and sent
again on every new stream. Everything else is only worth saying now.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outbox:
    """What has to be said, in order.

    Attributes:
        attached: Whether a stream is open and Welcome has arrived on it.
    """

    def __init__(self) -> None:
        """Start with nothing to say."""
        self.attached = False
        self._next = 1
        self._unsent: deque[pb.AgentMessage] = deque()
        self._unacknowledged: deque[pb.AgentMessage] = deque()
        self._passing: dict[str, pb.AgentMessage] = {}
        self._chunks: deque[pb.AgentMessage] = deque()

    def report(self, report: pb.TaskReport) -> None:
        """Take a report; it is said until it is acknowledged."""
        self._unsent.append(pb.AgentMessage(sequence=self._next, report=report))
        self._next += 1

    def say(self, message: pb.AgentMessage) -> None:
        """Take what is dropped when nobody listens.

        A message that is not sent yet is replaced by a newer one of its kind; pieces
        of logs are answers, so that each of them is sent.
        """
        if not self.attached:
            return
        kind = message.WhichOneof("body") or ""
        if kind == "log_chunk":
            self._chunks.append(message)
        else:
            self._passing[kind] = message

    def attach(self, received: int) -> None:
        """Begin a stream; Welcome has told which reports have arrived."""
        self.attached = True
        self._unsent.extendleft(reversed(self._unacknowledged))
        self._unacknowledged.clear()
        while self._unsent and self._unsent[0].sequence <= received:
            self._unsent.popleft()

    def detach(self) -> None:
        """End a stream."""
        self.attached = False
        self._passing.clear()
        self._chunks.clear()

    def acknowledge(self, sequence: int) -> None:
        """Forget the reports up to a number."""
        while self._unacknowledged and self._unacknowledged[0].sequence <= sequence:
            self._unacknowledged.popleft()

    def messages_to_send(self) -> Iterator[pb.AgentMessage]:
        """Take what can be sent now.

        What passes comes first: the last progress belongs before the report of the end.
        """
        while self.attached:
            if self._passing:
                yield self._passing.pop(next(iter(self._passing)))
            elif self._unsent:
                message = self._unsent.popleft()
                self._unacknowledged.append(message)
                yield message
            elif self._chunks:
                yield self._chunks.popleft()
            else:
                return
