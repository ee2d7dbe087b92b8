"""PYTORCH and Hbox's DISTTORCH: one group of ranks, found through `env://`.

The variables are torchrun's, so that programs made for it run unchanged, with
`TORCHELASTIC_USE_AGENT_STORE` false: rank 0 itself serves the store, at the port that
its container holds. Hbox gave `INIT_METHOD` and the master in small letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Adapter, Launch, Process, Profile, Shape
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.ranks import WORKER, Rank, processes_in_a_worker, ranks_of
from xlearning.frameworks.sockets import GLOO, NCCL, TENSORPIPE, sockets
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

_FIRST = TaskId(WORKER, 0)

_VARIABLES = {
    "MASTER_ADDR": "host of rank 0; also `master_addr`, as Hbox spelt it",
    "MASTER_PORT": "port that is held for rank 0; also `master_port`",
    "INIT_METHOD": "tcp://host:port of rank 0, as Hbox gave it",
    "RANK": "number of the process among all, from 0",
    "WORLD_SIZE": "number of processes",
    "LOCAL_RANK": "number of the process in its container",
    "LOCAL_WORLD_SIZE": "number of processes in its container",
    "GROUP_RANK": "number of the container",
    "GROUP_WORLD_SIZE": "number of containers",
    "ROLE_NAME": "`default`, as torchrun names it",
    "ROLE_RANK": "the same as RANK",
    "ROLE_WORLD_SIZE": "the same as WORLD_SIZE",
    "TORCHELASTIC_RUN_ID": "id of the application",
    "TORCHELASTIC_RESTART_COUNT": "number of the cluster's generation, from 0",
    "TORCHELASTIC_MAX_RESTARTS": "0: the program is not restarted beside its agent",
    "TORCHELASTIC_USE_AGENT_STORE": "False: rank 0 serves the store",
    "OMP_NUM_THREADS": "with several processes in a container: its cores, shared out",
}


class PyTorch(Adapter):
    """One or more ranks in each worker."""

    profile = Profile(
        summary="ranks for torch.distributed (DDP, FSDP …), found through env://",
        roles={WORKER: "runs one rank, or as many as --nproc-per-container says"},
        variables={
            **PLACE,
            **_VARIABLES,
            **GLOO,
            **TENSORPIPE,
            **NCCL,
            "master_addr": "MASTER_ADDR",
            "master_port": "MASTER_PORT",
        },
        processes=True,
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that all start together, and that all have to start anew together."""
        return Shape(rendezvous=True, ports={WORKER: 1})

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return torchrun's and Hbox's variables, of each process its own."""
        common = place(job, view, task) | _common(job, view)
        ranks = [(rank.rank, _own(rank)) for rank in ranks_of(job, task)]
        if len(ranks) == 1:
            return Launch(common | ranks[0][1])
        cores = job.role(WORKER).resources.vcores
        common["OMP_NUM_THREADS"] = str(max(1, cores // len(ranks)))
        processes = tuple(Process(f"rank {number}", own) for number, own in ranks)
        return Launch(common, processes=processes)


def _common(job: JobSpec, view: ClusterView) -> dict[str, str]:
    host, port = view.endpoint(_FIRST)
    world = str(job.count(WORKER) * processes_in_a_worker(job))
    return {
        "MASTER_ADDR": host,
        "MASTER_PORT": port,
        "master_addr": host,
        "master_port": port,
        "INIT_METHOD": f"tcp://{view.address(_FIRST)}",
        "WORLD_SIZE": world,
        "ROLE_NAME": "default",
        "ROLE_WORLD_SIZE": world,
        "GROUP_WORLD_SIZE": str(job.count(WORKER)),
        "TORCHELASTIC_RUN_ID": job.application_id,
        "TORCHELASTIC_RESTART_COUNT": str(max(0, view.generation - 1)),
        "TORCHELASTIC_MAX_RESTARTS": "0",
        "TORCHELASTIC_USE_AGENT_STORE": "False",
        **sockets(view, GLOO, TENSORPIPE, NCCL),
    }


def _own(rank: Rank) -> dict[str, str]:
    return {
        "RANK": str(rank.rank),
        "ROLE_RANK": str(rank.rank),
        "LOCAL_RANK": str(rank.local_rank),
        "LOCAL_WORLD_SIZE": str(rank.local_world_size),
        "GROUP_RANK": str(rank.group_rank),
    }


PYTORCH = PyTorch()
