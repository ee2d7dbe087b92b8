"""JAX: one process for each worker, with a coordinator in process 0.

`jax.distributed.initialize` reads the coordinator's address itself; number and count of
the processes it wants as arguments, which a program takes from the other variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Adapter, Launch, Process, Profile, Shape
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.ranks import WORKER, Rank, processes_in_a_worker, ranks_of
from xlearning.frameworks.sockets import NCCL, sockets
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

_FIRST = TaskId(WORKER, 0)


class Jax(Adapter):
    """One or more processes in each worker."""

    profile = Profile(
        summary="processes for jax.distributed, with a coordinator in the first",
        roles={WORKER: "runs one process, or as many as --nproc-per-container says"},
        variables={
            **PLACE,
            **NCCL,
            "JAX_COORDINATOR_ADDRESS": "host:port that is held for process 0",
            "JAX_NUM_PROCESSES": "number of processes",
            "JAX_PROCESS_ID": "number of the process among all, from 0",
            "JAX_LOCAL_DEVICE_IDS": "with several processes in a container that has "
            "GPUs: which of them is the process's own",
        },
        processes=True,
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that all start together, and that all have to start anew together."""
        return Shape(rendezvous=True, ports={WORKER: 1})

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return address, number and count, of each process its own."""
        common = (
            place(job, view, task)
            | sockets(view, NCCL)
            | {
                "JAX_COORDINATOR_ADDRESS": view.address(_FIRST),
                "JAX_NUM_PROCESSES": str(
                    job.count(WORKER) * processes_in_a_worker(job)
                ),
            }
        )
        gpus = job.role(WORKER).resources.gpus
        ranks = ranks_of(job, task)
        if len(ranks) == 1:
            return Launch(common | {"JAX_PROCESS_ID": str(ranks[0].rank)})
        processes = tuple(
            Process(f"process {rank.rank}", _own(rank, gpus)) for rank in ranks
        )
        return Launch(common, processes=processes)


def _own(rank: Rank, gpus: int) -> dict[str, str]:
    variables = {"JAX_PROCESS_ID": str(rank.rank)}
    if gpus:
        variables["JAX_LOCAL_DEVICE_IDS"] = str(rank.local_rank % gpus)
    return variables


JAX = Jax()
