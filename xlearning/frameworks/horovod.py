"""HOROVOD: ranks that find each other through gloo, as `horovodrun` starts them.

horovodrun starts ranks over ssh and serves their rendezvous beside itself. Here agents
start the ranks, each with horovodrun's variables (its `gloo_run.py`), and the
rendezvous is a process beside the first ranks (`horovod_run`): Horovod shuts down all
ranks together, so that nobody needs it when these have ended. A container is what
Horovod calls a host: its ranks have local numbers, and a name of its own, since several
may be on one node.

Hbox started the ranks by MPI. A Horovod that was built with MPI alone runs as type MPI:
it reads the variables of Open MPI's ranks by itself. Elastic Horovod, which adds and
takes ranks while it runs, is not started this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import Adapter, Launch, Process, Profile, Shape
from xlearning.frameworks.dmlc import interpreter
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.horovod_run import PROGRAM, SCOPES, SERVE, SOURCE
from xlearning.frameworks.ranks import WORKER, Rank, processes_in_a_worker, ranks_of
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

_FIRST = TaskId(WORKER, 0)

_VARIABLES = {
    "HOROVOD_RANK": "number of the rank among all, from 0",
    "HOROVOD_SIZE": "number of ranks",
    "HOROVOD_LOCAL_RANK": "number of the rank in its container",
    "HOROVOD_LOCAL_SIZE": "number of ranks in its container",
    "HOROVOD_CROSS_RANK": "number of the container",
    "HOROVOD_CROSS_SIZE": "number of containers",
    "HOROVOD_HOSTNAME": "what Horovod knows the container by",
    "HOROVOD_CONTROLLER": "`gloo`",
    "HOROVOD_CPU_OPERATIONS": "`gloo`",
    "HOROVOD_GLOO_RENDEZVOUS_ADDR": "IP address of the rendezvous, beside rank 0",
    "HOROVOD_GLOO_RENDEZVOUS_PORT": "its port",
}

_FOUND_ON_THE_NODE = {
    "HOROVOD_GLOO_IFACE": "interface of xlearning.network.interface, else that of the "
    "address that others know the node by",
    "NCCL_SOCKET_IFNAME": "the same, for NCCL",
}


class Horovod(Adapter):
    """One or more ranks in each worker, and the rendezvous beside the first."""

    profile = Profile(
        summary="ranks for Horovod with gloo, as horovodrun starts them, without ssh",
        roles={WORKER: "runs one rank, or as many as --nproc-per-container says"},
        variables={
            **PLACE,
            "TF_INDEX": "number of the worker from 1, as Hbox had it for Horovod",
            **_VARIABLES,
            **_FOUND_ON_THE_NODE,
        },
        files={
            PROGRAM: "what serves the rendezvous, and starts a rank when it does",
            SCOPES: "for the rendezvous: how many ranks meet where",
        },
        processes=True,
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that all start together, and that all have to start anew together."""
        return Shape(rendezvous=True, ports={WORKER: 1}, numeric=True)

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return horovodrun's variables, of each rank its own, and the rendezvous."""
        ranks = ranks_of(job, task)
        python = interpreter(job.role(WORKER).command)
        files = {PROGRAM: SOURCE}
        processes = [Process(f"rank {rank.rank}", _own(rank)) for rank in ranks]
        if task == _FIRST:
            files[SCOPES] = msgspec.json.encode(_scopes(job)).decode()
            serve = (python, PROGRAM, SERVE)
            server = Process("rendezvous", command=serve, service=True)
            processes.append(server)
        variables = place(job, view, task) | _common(view, ranks[0])
        return Launch(
            variables | {"TF_INDEX": str(task.index + 1)},
            files=files,
            command=(python, PROGRAM, *job.role(WORKER).command),
            processes=tuple(processes),
        )


def _common(view: ClusterView, rank: Rank) -> dict[str, str]:
    host, port = view.endpoint(_FIRST)
    return {
        "HOROVOD_SIZE": str(rank.world_size),
        "HOROVOD_LOCAL_SIZE": str(rank.local_world_size),
        "HOROVOD_CROSS_RANK": str(rank.group_rank),
        "HOROVOD_CROSS_SIZE": str(rank.group_world_size),
        "HOROVOD_HOSTNAME": _host(rank.group_rank),
        "HOROVOD_CONTROLLER": "gloo",
        "HOROVOD_CPU_OPERATIONS": "gloo",
        "HOROVOD_GLOO_RENDEZVOUS_ADDR": host,
        "HOROVOD_GLOO_RENDEZVOUS_PORT": port,
    }


def _own(rank: Rank) -> dict[str, str]:
    return {
        "HOROVOD_RANK": str(rank.rank),
        "HOROVOD_LOCAL_RANK": str(rank.local_rank),
    }


def _host(index: int) -> str:
    return f"xl-worker-{index}"


def _scopes(job: JobSpec) -> dict[str, int]:
    """Return where Horovod's ranks meet (`gloo_context.cc`), and how many do."""
    hosts, local = job.count(WORKER), processes_in_a_worker(job)
    return {
        "global": hosts * local,
        **{f"local_{_host(index)}": local for index in range(hosts)},
        **{f"cross_{number}": hosts for number in range(local)},
    }


HOROVOD = Horovod()
