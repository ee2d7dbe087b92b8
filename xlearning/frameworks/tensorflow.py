"""TENSORFLOW: `TF_CLUSTER_DEF`, `TF_ROLE` and `TF_INDEX` as XLearning set them, and
`TF_CONFIG` as TensorFlow 2 reads it.

XLearning knew no chief: a chief of its own size was worker 0 with another memory, and
the program made a `TF_CONFIG` of the variables itself, with worker 0 as `chief` and the
other indexes shifted by one. We do that for the program when there are parameter
servers. Without them TensorFlow's collective strategies want no chief at all (worker 0
is one by itself). An evaluator is never in the cluster that it evaluates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.sockets import NCCL, sockets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec


def _is_distributed(job: JobSpec) -> bool:
    # XLearning counts an evaluator among the workers here (`xlearning.worker.num`).
    workers = sum(job.count(role) for role in ("worker", "chief", "evaluator"))
    strategy = job.options.distribution_strategy and workers > 1
    return job.count("ps") > 0 or strategy


_VARIABLES = {
    **PLACE,
    **NCCL,
    "TF_CLUSTER_DEF": "JSON: role to addresses, a chief as worker 0",
    "TF_CONFIG": "JSON: the cluster and the task, as TensorFlow 2 reads it",
    "LOCAL_ADDRESS": "host:port of the task, as Hbox gave it",
    "TN_ROLE": "TF_ROLE, for TensorNet, as Hbox gave it",
    "TN_INDEX": "TF_INDEX, for TensorNet",
    "TN_CLUSTER_DEF": "TF_CLUSTER_DEF, for TensorNet",
}


class TensorFlow(Adapter):
    """A cluster of workers and parameter servers, or independent processes."""

    profile = Profile(
        summary="workers with parameter servers, or that reduce among themselves",
        roles={
            "chief": "worker 0 where it has a size of its own",
            "worker": "trains",
            "evaluator": "evaluates checkpoints beside the training; may fail",
            "ps": "keeps variables until the workers are done",
        },
        variables=_VARIABLES,
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say who listens, who ends the job and who serves it."""
        if not _is_distributed(job):
            return Shape(
                rendezvous=False,
                failure_rate=job.options.failure_rate,
                restarts_alone=frozenset({"chief", "worker"}),
            )
        serving = _declared_services(job)
        takers = ("chief", "worker") if "worker" not in serving else ("worker",)
        return Shape(
            rendezvous=True,
            ports={"chief": 1, "worker": 1, "ps": 1, "evaluator": 1},
            services=frozenset({"ps"}) | serving,
            optional=frozenset({"evaluator"}),
            restarts_alone=frozenset({"evaluator"}),
            input_roles=takers,
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return XLearning's three variables and `TF_CONFIG`."""
        variables = place(job, view, task) | sockets(view, NCCL)
        role, index = _as_worker(task, job)
        variables |= {"TF_ROLE": role, "TF_INDEX": str(index)}
        variables |= {"TN_ROLE": role, "TN_INDEX": str(index)}
        if not _is_distributed(job):
            return Launch(variables)
        cluster = {
            "worker": [*view.addresses("chief"), *view.addresses("worker")],
            "ps": view.addresses("ps"),
        }
        if job.options.distribution_strategy:
            cluster["evaluator"] = view.addresses("evaluator")
        present = {name: hosts for name, hosts in cluster.items() if hosts}
        definition = msgspec.json.encode(present).decode()
        variables |= {"TF_CLUSTER_DEF": definition, "TN_CLUSTER_DEF": definition}
        variables["LOCAL_ADDRESS"] = view.address(task)
        variables["TF_CONFIG"] = self.config(cluster, role, index)
        return Launch(variables)

    def config(self, cluster: Mapping[str, list[str]], role: str, index: int) -> str:
        """Return `TF_CONFIG` of a task that XLearning would call so."""
        return _tf_config(cluster, role, index)


class Tensor2Tensor(TensorFlow):
    """The same with Hbox's `TF_CONFIG`: each worker is a `master`, in the cloud."""

    profile = msgspec.structs.replace(
        TensorFlow.profile, summary="as TENSORFLOW, with workers that are called master"
    )

    def config(self, cluster: Mapping[str, list[str]], role: str, index: int) -> str:
        """Return `TF_CONFIG` of a task as Tensor2Tensor reads it."""
        named = {"master": cluster["worker"], "ps": cluster["ps"]}
        present = {name: hosts for name, hosts in named.items() if hosts}
        kind = "master" if role == "worker" else role
        return _encode(present, kind, index, environment="cloud")


def _declared_services(job: JobSpec) -> frozenset[str]:
    """Return the roles that the user declared to be services.

    With `ParameterServerStrategy` the chief runs the program, and workers serve it
    until they are ended; they have the data, the chief has none.
    """
    return frozenset(role.name for role in job.roles if role.service)


def _as_worker(task: TaskId, job: JobSpec) -> tuple[str, int]:
    """Return role and index as XLearning counts: a chief is worker 0."""
    if task.role == "chief":
        return "worker", 0
    if task.role == "worker":
        return "worker", task.index + job.count("chief")
    return task.role, task.index


def _tf_config(cluster: Mapping[str, list[str]], role: str, index: int) -> str:
    workers, ps = cluster["worker"], cluster["ps"]
    if not ps:
        return _encode({"worker": workers}, role, index)
    named = {"chief": workers[:1], "worker": workers[1:], "ps": ps}
    present = {name: hosts for name, hosts in named.items() if hosts}
    if role == "worker":
        role, index = ("chief", 0) if index == 0 else ("worker", index - 1)
    return _encode(present, role, index)


def _encode(
    cluster: Mapping[str, list[str]], role: str, index: int, **more: str
) -> str:
    task = {"type": role, "index": index}
    return msgspec.json.encode({"cluster": cluster, "task": task, **more}).decode()


TENSORFLOW = TensorFlow()
TENSOR2TENSOR = Tensor2Tensor()
