"""What an agent's container is started with, and what it must not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.agent_launch import (
    agent_credentials,
    cached_files,
    launch_context,
)
from xlearning.am.certificates import CertificateAuthority
from xlearning.hadoop.credentials import AMRM_TOKEN_KIND, Credentials
from xlearning.hadoop.launch_context import LocalResourceType, LocalResourceVisibility
from xlearning.hadoop.records import Token
from xlearning.io.splits import InputFile
from xlearning.job.environment import (
    AGENT_CERTIFICATE,
    AGENT_KEY,
    CA_CERTIFICATE,
    JOB_SECRET,
    JOB_SPEC,
    TASKS_SECRET,
)
from xlearning.job.spec import LocalFile, ResourceKind, RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

CONTAINER = "container_1700000000000_0001_01_000002"


def test_an_agent_is_started_in_place_of_its_shell(job: Callable[..., JobSpec]) -> None:
    context = launch_context(job(worker=1), "worker", "n1:4000", b"tokens")
    assert context.command.startswith("exec /opt/xlearning/bin/python -P -m xlearning")
    assert context.command.endswith(" 1><LOG_DIR>/agent.log 2>&1")
    assert context.environment["XL_AM_ADDRESS"] == "n1:4000"
    assert context.environment["HADOOP_USER_NAME"] == "alice"
    assert context.credentials == b"tokens"


def test_cached_input_is_the_users_own_on_a_node_and_linked_once(
    job: Callable[..., JobSpec],
) -> None:
    share = (
        InputFile("a", "hdfs://nn/d/x 1", 5, "sub/x 1", 7),
        InputFile("a", "hdfs://nn/d/y", 6, "y", 8),
        InputFile("b", "hdfs://nn/d/y", 6, "y", 8),
    )
    files = cached_files(share)
    assert [file.link for file in files] == ["a/sub/x 1", "a/y"]
    context = launch_context(job(worker=1), "worker", "n1:1", b"", files)
    resource = context.local_resources["a/sub/x 1"]
    assert resource.url == "hdfs://nn/d/x%201"
    assert (resource.size, resource.timestamp_ms) == (5, 7)
    assert resource.visibility is LocalResourceVisibility.PRIVATE


def test_files_are_named_by_their_links(job: Callable[..., JobSpec]) -> None:
    archive = LocalFile(
        "xl-runtime", "hdfs://nn:8020/r t.tgz", 9, 7, ResourceKind.ARCHIVE
    )
    program = LocalFile("train.py", "hdfs://nn:8020/s/train.py", 5, 6)
    spec = job(worker=1)
    spec = replace(
        spec,
        runtime=RuntimeSpec("./xl-runtime/bin/python", archive),
        roles=(replace(spec.roles[0], files=(program,)),),
    )
    resources = launch_context(spec, "worker", "n1:4000", b"").local_resources
    assert set(resources) == {"xl-runtime", "train.py"}
    assert resources["xl-runtime"].url == "hdfs://nn:8020/r%20t.tgz"
    assert resources["xl-runtime"].type is LocalResourceType.ARCHIVE
    assert resources["train.py"].timestamp_ms == 6


def test_a_container_gets_its_own_certificate_and_nothing_handed_over() -> None:
    authority = CertificateAuthority(bytes(32))
    hdfs = Token(b"h", b"p", "HDFS_DELEGATION_TOKEN", "ha-hdfs:nn")
    own = Credentials(
        {"": Token(b"a", b"p", AMRM_TOKEN_KIND), "hdfs": hdfs},
        {JOB_SECRET: bytes(32), JOB_SPEC: b"job", "users.own": b"kept"},
    )
    data = agent_credentials(own, authority, CONTAINER)
    credentials = Credentials.from_bytes(data)
    assert credentials.tokens == {"hdfs": hdfs}
    assert set(credentials.secrets) == {
        AGENT_CERTIFICATE,
        AGENT_KEY,
        CA_CERTIFICATE,
        TASKS_SECRET,
        "users.own",
    }
    assert credentials.secrets[CA_CERTIFICATE] == authority.certificate
