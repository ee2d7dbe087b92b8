"""LIGHTLDA, DISTLIGHTLDA: servers, and workers that find them in a file.

XLearning's file is `lightLDAEndPoints.txt`; Hbox called it `lightLdaEndPoints.txt`, but
its own example reads the other: a worker finds both. Servers are to end by themselves;
one that does not is ended when the workers are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.generic import PLACE, place

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

WORKER, SERVER = "worker", "ps"

_FILES = {
    "lightLDAEndPoints.txt": "for workers: a line `index IP:port` for each server",
    "lightLdaEndPoints.txt": "the same, as Hbox called it",
}


class LightLDA(Adapter):
    """Workers with servers, or independent processes."""

    profile = Profile(
        summary="workers that find their servers in a file",
        roles={
            WORKER: "trains with its share of the records",
            SERVER: "keeps the model; without one, workers are independent",
        },
        variables={
            **PLACE,
            "LIGHTLDA_ROLE": "`worker` or `ps`",
            "LIGHTLDA_RANK": "number of the task within its role, from 0",
            "LIGHTLDA_WORKER_NUM": "number of workers, where there are servers",
            "LIGHTLDA_SERVER_NUM": "number of servers, where there are any",
            "LIGHTLDA_SERVER_ENDPOINT": "IP:port of the server itself; `null` for "
            "a worker",
        },
        files=_FILES,
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that servers listen and serve, where there are any."""
        if not job.count(SERVER):
            return Shape(
                rendezvous=False,
                failure_rate=job.options.failure_rate,
                restarts_alone=frozenset({WORKER}),
            )
        return Shape(
            rendezvous=True,
            ports={SERVER: 1},
            numeric=True,
            services=frozenset({SERVER}),
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return who the task is, and where the servers are."""
        variables = place(job, view, task) | {
            "LIGHTLDA_ROLE": task.role,
            "LIGHTLDA_RANK": str(task.index),
            "LIGHTLDA_SERVER_ENDPOINT": view.address(task) or "null",
        }
        servers = view.addresses(SERVER)
        if not servers:
            return Launch(variables)
        variables |= {
            "LIGHTLDA_WORKER_NUM": str(job.count(WORKER)),
            "LIGHTLDA_SERVER_NUM": str(len(servers)),
        }
        if task.role == SERVER:
            return Launch(variables)
        lines = "".join(f"{n} {address}\n" for n, address in enumerate(servers))
        return Launch(variables, files=dict.fromkeys(_FILES, lines))


LIGHTLDA = LightLDA()
