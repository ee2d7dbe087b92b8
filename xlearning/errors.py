"""The exception tree.

    XLearningError            every error of ours: a message, a hint, an exit code
    ├── ConfigError           bad input: an option, a key, a file (exit 2)
    ├── AuthenticationError   who we are was not accepted (exit 3)
    ├── ConnectionLost        no answer; may be retried (exit 4)
    ├── ClusterError          Hadoop said no (exit 5)
    ├── JobFailed             the job ended without success (exit 6)
    └── ProtocolError         a wire rule was broken (exit 70)
        ├── LocalProtocolError    by us: a bug
        └── RemoteProtocolError   by the peer

`exit_code` is for `xl`; `xl-submit` keeps XLearning's own 0, 1 and 2.
"""

from __future__ import annotations


class XLearningError(Exception):
    """An error that the user is told about: what is wrong, and what to do.

    Attributes:
        message: One sentence without a period that names the thing and the reason.
        hint: What to do about it, or None where nothing useful can be said.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(XLearningError):
    """An option, a key, a file or a program that the user gave is not usable."""

    exit_code = 2


class AuthenticationError(XLearningError):
    """The server did not accept who we are."""

    exit_code = 3


class ConnectionLost(XLearningError):
    """A server could not be reached, or went away before it answered.

    The call may be repeated where its protocol allows that.
    """

    exit_code = 4


class ClusterError(XLearningError):
    """A Hadoop service refused a call.

    Attributes:
        protocol: What was spoken, e.g. `ApplicationMasterProtocol` or `REST`.
        method: The method or path that was called.
        java_class: Fully qualified name of the Java exception, "" when unknown.
        remote_text: The service's own message, without the stack trace.
    """

    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        protocol: str = "",
        method: str = "",
        java_class: str = "",
        remote_text: str = "",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.protocol = protocol
        self.method = method
        self.java_class = java_class
        self.remote_text = remote_text


class JobFailed(XLearningError):
    """A job ended and did not succeed.

    Attributes:
        application_id: `application_<cluster time stamp>_<number>`.
        status: YARN's final status or state, e.g. `FAILED` or `KILLED`.
        diagnostics: The job's or YARN's own words about it.
    """

    exit_code = 6

    def __init__(
        self,
        message: str,
        *,
        application_id: str,
        status: str,
        diagnostics: str = "",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.application_id = application_id
        self.status = status
        self.diagnostics = diagnostics


class ProtocolError(XLearningError):
    """A rule of a wire protocol was broken."""

    exit_code = 70


class LocalProtocolError(ProtocolError):
    """We used a protocol wrongly: a bug of ours."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something that its protocol does not allow."""
