"""What an agent's container is started with. Pure but for making a key.

Containers name few local resources, because each costs YARN's localizer: the runtime
and what the user gave. Input shares and the job itself come over the agent's stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
    command_line,
    environment_value,
)
from xlearning.job.environment import (
    AGENT_CERTIFICATE,
    AGENT_KEY,
    AM_ADDRESS,
    CA_CERTIFICATE,
    OURS,
    STAGING_URL,
    TASKS_SECRET,
    USER_NAME,
)
from xlearning.job.spec import LocalFile, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.am.certificates import CertificateAuthority
    from xlearning.hadoop.credentials import Credentials
    from xlearning.io.splits import InputFile
    from xlearning.job.spec import JobSpec

AGENT_LOG = "agent.log"
"""The agent's own log, beside the trainer's stdout and stderr."""


def launch_context(
    spec: JobSpec,
    role_name: str,
    am_address: str,
    credentials: bytes,
    cached: Iterable[LocalFile] = (),
) -> ContainerLaunchContext:
    """Return what starts an agent for a task of a role."""
    role = spec.role(role_name)
    archive = [spec.runtime.archive] if spec.runtime.archive else []
    files = [*role.files, *archive, *cached]
    variables = {
        AM_ADDRESS: am_address,
        STAGING_URL: spec.staging_url,
        USER_NAME: spec.user,
    }
    command = command_line([spec.runtime.python, "-P", "-m", "xlearning.container"])
    return ContainerLaunchContext(
        command=f"{command} 1><LOG_DIR>/{AGENT_LOG} 2>&1",
        environment={k: environment_value(v) for k, v in variables.items()},
        local_resources={file.link: local_resource(file) for file in files},
        credentials=credentials,
        acls={"VIEW_APP": spec.view_acl or " ", "MODIFY_APP": spec.modify_acl or " "},
    )


def cached_files(share: Iterable[InputFile]) -> list[LocalFile]:
    """Return a share of the input as files that YARN fetches once for a node.

    YARN links a file only once into a container; the agent fetches what is wanted a
    second time, under another name.
    """
    files = {file.uri: file for file in reversed(tuple(share))}
    return [
        LocalFile(
            link=f"{file.alias}/{file.relative_path}",
            url=file.uri,
            size=file.length,
            timestamp_ms=file.modified_ms,
            visibility=Visibility.PRIVATE,
        )
        for file in reversed(files.values())
    ]


def local_resource(file: LocalFile) -> LocalResource:
    """Return a file of the job as YARN wants it."""
    return LocalResource(
        url=file.encoded_url,
        size=file.size,
        timestamp_ms=file.timestamp_ms,
        type=LocalResourceType(file.kind.value),
        visibility=LocalResourceVisibility(file.visibility.value),
    )


def agent_credentials(
    own: Credentials, authority: CertificateAuthority, container_id: str
) -> bytes:
    """Return the token file of one container.

    It holds the job's Hadoop tokens, the container's own certificate and what the
    tasks share, but neither what the client handed over nor the token that speaks for
    the ApplicationMaster.
    """
    leaf = authority.leaf(container_id)
    secrets = {k: v for k, v in own.secrets.items() if not k.startswith(OURS)}
    secrets |= {
        AGENT_CERTIFICATE: leaf.certificate,
        AGENT_KEY: leaf.key,
        CA_CERTIFICATE: authority.certificate,
        TASKS_SECRET: authority.tasks_secret,
    }
    return own.for_containers(secrets).to_bytes()
