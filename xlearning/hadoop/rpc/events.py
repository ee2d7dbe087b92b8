"""What a connection says has happened. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.hadoop.rpc.digest_md5 import Protection


@dataclass(frozen=True, slots=True)
class Established:
    """The server knows who we are; calls go out from now on.

    Attributes:
        protection: What the bytes are protected by.
    """

    protection: Protection


@dataclass(frozen=True, slots=True)
class Replied:
    """A call succeeded.

    Attributes:
        call_id: Which call.
        response: The response message's bytes.
    """

    call_id: int
    response: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A call failed at the server; the connection goes on.

    Attributes:
        call_id: Which call.
        java_class: Of the exception.
        text: Its message, often with a stack trace.
    """

    call_id: int
    java_class: str
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server closes the connection, for a reason.

    Attributes:
        java_class: Of the exception.
        text: Its message, often with a stack trace.
    """

    java_class: str
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The server went away without a word.

    Attributes:
        unanswered: Calls that were sent and not answered; they may have been done.
    """

    unanswered: tuple[int, ...]


Event = Established | Replied | Failed | Refused | Closed
"""Every event there is."""
