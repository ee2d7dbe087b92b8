"""What XGBOOST, MXNET and XFLOW have in common: a coordinator, and `DMLC_*`.

XLearning ran their coordinators beside its ApplicationMaster. Here one is a role of its
own that the type adds, of the ApplicationMaster's size and, but for its command, like a
worker: it needs the same libraries. A user who wants it larger declares the role.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.spec import RoleSpec

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

WORKER = "worker"


def with_coordinator(job: JobSpec, name: str) -> JobSpec:
    """Return the job with a task that coordinates its workers."""
    if job.count(name):
        return job
    worker = job.role(WORKER)
    coordinator = RoleSpec(
        name=name,
        count=1,
        resources=Resources(job.am.memory_mb, 1),
        command=worker.command,
        environment=worker.environment,
        files=worker.files,
        node_label=worker.node_label,
        python_env=worker.python_env,
    )
    return msgspec.structs.replace(job, roles=(*job.roles, coordinator))


def coordinator_variables(view: ClusterView, name: str, prefix: str) -> dict[str, str]:
    """Return `<prefix>_URI` and `<prefix>_PORT`: where the coordinator listens."""
    host, port = view.endpoint(TaskId(name, 0))
    return {f"{prefix}_URI": host, f"{prefix}_PORT": port}


def interpreter(command: tuple[str, ...]) -> str:
    """Return the Python of a command, the one on the path if it begins otherwise."""
    first = command[0] if command else ""
    is_python = posixpath.basename(first).startswith("python")
    return first if is_python else "python3"
