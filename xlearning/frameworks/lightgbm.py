"""LIGHTGBM, DISTLIGHTGBM: workers that know each other from a list of machines.

There is no coordinator: each worker listens on its port and connects to the others.
LightGBM takes IP addresses only. It finds itself in the list by its interfaces'
addresses and its port; where others see another address (NAT), an entry `rank=<n>` says
who it is. The file is XLearning's, the same for all workers and without such an entry;
`LIGHTGBM_MACHINES` has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.generic import PLACE, place

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

WORKER = "worker"
MACHINE_LIST = "lightGBMlist.txt"


class LightGBM(Adapter):
    """Workers that listen, and find each other in a list."""

    profile = Profile(
        summary="workers that find each other in a list of machines",
        roles={WORKER: "trains with its share of the records"},
        variables={
            **PLACE,
            "LIGHTGBM_NUM_MACHINE": "number of workers: LightGBM's `num_machines`",
            "LIGHTGBM_LOCAL_LISTEN_PORT": "the worker's port: `local_listen_port`",
            "LIGHTGBM_MACHINES": "IP:port of all, and who the worker is: `machines`",
        },
        files={MACHINE_LIST: "IP address and port of each worker, a line for each"},
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that all listen, and that all have to start anew together."""
        return Shape(rendezvous=True, ports={WORKER: 1}, numeric=True)

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return the list of machines, and the worker's place in it.

        LightGBM's server does not set SO_REUSEADDR.
        """
        machines = view.addresses(WORKER)
        lines = [" ".join(machine.rsplit(":", 1)) for machine in machines]
        variables = place(job, view, task) | {
            "LIGHTGBM_NUM_MACHINE": str(job.count(WORKER)),
            "LIGHTGBM_LOCAL_LISTEN_PORT": view.endpoint(task)[1],
            "LIGHTGBM_MACHINES": ",".join([*machines, f"rank={task.index}"]),
        }
        files = {MACHINE_LIST: "".join(f"{line}\n" for line in lines)}
        return Launch(variables, files=files, release_ports=True)


LIGHTGBM = LightGBM()
