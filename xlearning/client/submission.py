"""The body of the REST request that submits a job. Pure.

Shapes and traps are those of YARN's `ApplicationSubmissionContextInfo`: unknown keys
and wrong types are accepted and ignored, tags count only as a list, a local resource
without type or with a blank in its URL is answered by a NullPointerException.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from xlearning.hadoop.launch_context import command_line, environment_value
from xlearning.io.streams.settings import runs_foreign_code
from xlearning.job.environment import STAGING_URL, USER_NAME
from xlearning.job.handover import pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.job.handover import Handover
    from xlearning.job.spec import JobSpec, LocalFile

APPLICATION_TYPE_LENGTH = 20  # RMAppManager cuts it there
TAG = "xlearning"
_MASTER = ("-P", "-m", "xlearning.am")
"""`-P`: a file of the user's in the working directory is none of our modules."""


def submission_body(
    handover: Handover, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return what is posted to `/ws/v1/cluster/apps`.

    The ApplicationMaster's container names no file but our cached Python, and what
    makes splits of the input if that is not ours.

    Args:
        handover: It travels in the credentials and nowhere else.
        environment: Variables that the user gave for the ApplicationMaster.

    Raises:
        ConfigError: The job's description is too large.
    """
    job = handover.job
    archive = job.runtime.archive
    files = [*([archive] if archive else []), *_format_files(job)]
    body: dict[str, Any] = {
        "application-id": job.application_id,
        "application-name": job.name,
        "application-type": job.application_type[:APPLICATION_TYPE_LENGTH],
        "application-tags": {"tag": [TAG]},
        "queue": job.queue,
        "priority": job.priority,
        "max-app-attempts": job.max_attempts,
        "keep-containers-across-application-attempts": job.max_attempts > 1,
        "resource": {"memory": job.am.memory_mb, "vCores": job.am.vcores},
        "am-container-spec": {
            "local-resources": {"entry": [local_resource(file) for file in files]},
            "environment": {"entry": _environment(job, environment)},
            "commands": {"command": master_command(job)},
            "application-acls": {"entry": _acls(job)},
            "credentials": {"secrets": {"entry": _secrets(pack(handover))}},
        },
    }
    if job.am_node_label:
        body["am-container-node-label-expression"] = job.am_node_label
    return body


def _format_files(job: JobSpec) -> tuple[LocalFile, ...]:
    """Return the files among which a format is that is in Java or the user's own."""
    if job.streams_input and runs_foreign_code(job.stream.input_format):
        return job.roles[0].files
    return ()


def master_command(job: JobSpec) -> str:
    """Return the command that starts the ApplicationMaster."""
    words = [job.runtime.python, *_MASTER]
    return command_line(words, stdout="stdout", stderr="stderr")


def local_resource(file: LocalFile) -> dict[str, Any]:
    """Return one entry of `local-resources`."""
    return {
        "key": file.link,
        "value": {
            "resource": file.encoded_url,
            "type": file.kind.value,
            "visibility": file.visibility.value,
            "size": file.size,
            "timestamp": file.timestamp_ms,
        },
    }


def _environment(job: JobSpec, given: Mapping[str, str]) -> list[dict[str, str]]:
    variables = dict(given)
    variables[USER_NAME] = job.user
    variables[STAGING_URL] = job.staging_url
    return [
        {"key": name, "value": environment_value(value)}
        for name, value in variables.items()
    ]


def _acls(job: JobSpec) -> list[dict[str, str]]:
    acls = {"VIEW_APP": job.view_acl, "MODIFY_APP": job.modify_acl}
    return [{"key": name, "value": acl} for name, acl in acls.items() if acl]


def _secrets(secrets: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [
        {"key": alias, "value": base64.urlsafe_b64encode(secret).decode()}
        for alias, secret in secrets.items()
    ]
