"""MXNET, XFLOW: ps-lite's scheduler, servers and workers, told by `DMLC_*`.

All three run the program that the user gave, as in XLearning; the scheduler is a task
of its own. MXNet's library becomes scheduler or server where `DMLC_ROLE` says so.
Of a node with several interfaces ps-lite would take the first that is not the loopback:
`DMLC_NODE_HOST` and `PORT` say where a worker or server is to listen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.dmlc import WORKER, coordinator_variables, with_coordinator
from xlearning.frameworks.generic import PLACE, place

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

SERVER, SCHEDULER = "ps", "scheduler"

_ROLES = {WORKER: "worker", SERVER: "server", SCHEDULER: "scheduler"}
"""Our role to ps-lite's."""

_VARIABLES = {
    **PLACE,
    "DMLC_PS_ROOT_URI": "IP address of the scheduler",
    "DMLC_PS_ROOT_PORT": "its port",
    "DMLC_NUM_WORKER": "number of workers",
    "DMLC_NUM_SERVER": "number of servers",
    "DMLC_ROLE": "`worker`, `server` or `scheduler`",
    "DMLC_WORKER_ID": "number of the worker, from 0",
    "DMLC_SERVER_ID": "number of the server, from 0",
    "DMLC_NODE_HOST": "IP address where a worker or server listens",
    "PORT": "the port where it does",
}


class MXNet(Adapter):
    """Workers and servers with a scheduler, or independent processes."""

    profile = Profile(
        summary="workers with parameter servers of ps-lite (KVStore), and a scheduler",
        roles={
            WORKER: "trains with its share of the records",
            SERVER: "keeps the model; without one, workers are independent",
            SCHEDULER: "tells the others of each other; runs the workers' program",
        },
        added=frozenset({SCHEDULER}),
        variables=_VARIABLES,
    )

    def is_distributed(self, job: JobSpec) -> bool:
        """Say whether the processes belong together."""
        return job.count(SERVER) > 0

    def complete(self, job: JobSpec) -> JobSpec:
        """Return the job with a scheduler, if its processes belong together."""
        job = super().complete(job)
        return with_coordinator(job, SCHEDULER) if self.is_distributed(job) else job

    def shape(self, job: JobSpec) -> Shape:
        """Say that all listen, and that servers and scheduler serve."""
        if not self.is_distributed(job):
            return Shape(
                rendezvous=False,
                services=frozenset({SCHEDULER}),
                failure_rate=job.options.failure_rate,
                restarts_alone=frozenset({WORKER}),
            )
        return Shape(
            rendezvous=True,
            ports={WORKER: 1, SERVER: 1, SCHEDULER: 1},
            numeric=True,
            services=frozenset({SERVER, SCHEDULER}),
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return what ps-lite reads."""
        variables = place(job, view, task)
        if not self.is_distributed(job):
            return Launch(variables)
        role, number = _ROLES[task.role], str(task.index)
        variables |= coordinator_variables(view, SCHEDULER, "DMLC_PS_ROOT") | {
            "DMLC_NUM_WORKER": str(job.count(WORKER)),
            "DMLC_NUM_SERVER": str(job.count(SERVER)),
            "DMLC_ROLE": role,
        }
        if task.role == SCHEDULER:
            return Launch(variables)
        host, port = view.endpoint(task)
        variables |= {"DMLC_NODE_HOST": host, "PORT": port}
        return Launch(variables | {f"DMLC_{role.upper()}_ID": number})


class XFlow(MXNet):
    """The same, with a scheduler in any case and a profile of the heap."""

    profile = msgspec.structs.replace(
        MXNet.profile,
        summary="workers with parameter servers of ps-lite, and a scheduler",
        variables={
            **_VARIABLES,
            "HEAPPROFILE": "where a worker or server profiles its heap: ./W0, ./S0",
        },
    )

    def is_distributed(self, job: JobSpec) -> bool:
        """Say that the processes always belong together."""
        return True

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return what ps-lite reads, and gperftools."""
        launch = super().launch(job, view, task)
        if task.role == SCHEDULER:
            return launch
        heap = f"./{_ROLES[task.role][0].upper()}{task.index}"
        return Launch(launch.environment | {"HEAPPROFILE": heap})


MXNET = MXNet()
XFLOW = XFlow()
