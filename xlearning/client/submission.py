"""The body of the REST request that submits a job. Pure.

Shapes and traps are those of YARN's `ApplicationSubmissionContextInfo`: unknown keys
and wrong types are accepted and ignored, tags count only as a list, a local resource
without type or with a blank in its URL is answered by a NullPointerException.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from xlearning.hadoop.launch_context import command_line, environment_value
from xlearning.job.environment import (
    HADOOP_FILE,
    JOB_FILE,
    JOB_SECRET,
    STAGING_URL,
    USER_NAME,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.job.spec import JobSpec, LocalFile

APPLICATION_TYPE_LENGTH = 20  # RMAppManager cuts it there
TAG = "xlearning"
_MASTER = ("-m", "xlearning.am")


def submission_body(
    job: JobSpec,
    *,
    files: Iterable[LocalFile],
    secret: bytes,
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """Return what is posted to `/ws/v1/cluster/apps`.

    Args:
        job: The whole job.
        files: What the ApplicationMaster finds in its working directory.
        secret: The job's secret; it travels in the credentials and nowhere else.
        environment: Variables that the user gave for the ApplicationMaster.
    """
    body: dict[str, Any] = {
        "application-id": job.application_id,
        "application-name": job.name,
        "application-type": job.application_type[:APPLICATION_TYPE_LENGTH],
        "application-tags": {"tag": [TAG]},
        "queue": job.queue,
        "priority": job.priority,
        "max-app-attempts": job.max_attempts,
        "keep-containers-across-application-attempts": False,
        "resource": {"memory": job.am.memory_mb, "vCores": job.am.vcores},
        "am-container-spec": {
            "local-resources": {"entry": [local_resource(file) for file in files]},
            "environment": {"entry": _environment(job, environment)},
            "commands": {"command": master_command(job)},
            "application-acls": {"entry": _acls(job)},
            "credentials": {"secrets": {"entry": [_secret(secret)]}},
        },
    }
    if job.am_node_label:
        body["am-container-node-label-expression"] = job.am_node_label
    return body


def master_files(job: JobSpec, spec: LocalFile, hadoop: LocalFile) -> list[LocalFile]:
    """Return what the ApplicationMaster needs before it can read a file system."""
    assert (spec.link, hadoop.link) == (JOB_FILE, HADOOP_FILE)
    archive = job.runtime.archive
    return [spec, hadoop, *([archive] if archive else [])]


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


def _secret(secret: bytes) -> dict[str, str]:
    return {"key": JOB_SECRET, "value": base64.urlsafe_b64encode(secret).decode()}
