"""The exception tree: what each error carries and how a program ends with it."""

from __future__ import annotations

import pytest

from xlearning.errors import (
    AuthenticationError,
    ClusterError,
    ConfigError,
    ConnectionLost,
    JobFailed,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    XLearningError,
)


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (XLearningError, 1),
        (ConfigError, 2),
        (AuthenticationError, 3),
        (ConnectionLost, 4),
        (ProtocolError, 70),
        (LocalProtocolError, 70),
        (RemoteProtocolError, 70),
    ],
)
def test_an_error_has_a_message_a_hint_and_an_exit_code(
    kind: type[XLearningError], exit_code: int
) -> None:
    error = kind("queue `prod` does not exist", hint="queues: `default`")
    assert isinstance(error, XLearningError)
    assert str(error) == error.message == "queue `prod` does not exist"
    assert error.hint == "queues: `default`"
    assert error.exit_code == exit_code
    assert kind("no hint").hint is None


def test_a_cluster_error_tells_who_said_no_to_what() -> None:
    error = ClusterError(
        "the ResourceManager refused the application",
        protocol="REST",
        method="POST /ws/v1/cluster/apps",
        java_class="org.apache.hadoop.yarn.exceptions.YarnException",
        remote_text="unknown queue: prod",
        hint="queues: `default`",
    )
    assert (error.exit_code, error.hint) == (5, "queues: `default`")
    assert (error.protocol, error.method) == ("REST", "POST /ws/v1/cluster/apps")
    assert error.java_class.endswith(".YarnException")
    assert error.remote_text == "unknown queue: prod"
    assert ClusterError("no").java_class == ""


def test_a_failed_job_tells_which_and_why() -> None:
    error = JobFailed(
        "the job failed",
        application_id="application_1700000000000_0001",
        status="FAILED",
        diagnostics="worker 0 exited with code 3",
        hint="xl logs application_1700000000000_0001",
    )
    assert error.exit_code == 6
    assert error.application_id == "application_1700000000000_0001"
    assert (error.status, error.diagnostics) == (
        "FAILED",
        "worker 0 exited with code 3",
    )
    assert error.hint == "xl logs application_1700000000000_0001"
