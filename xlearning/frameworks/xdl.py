"""XDL: workers, servers and a scheduler, which find each other in a ZooKeeper.

Hbox raised the number of servers by one and made the first of them the scheduler; here
it is a role that the type adds, like a server but for its name. Hbox's ZooKeeper was a
container of Docker beside its ApplicationMaster. Here it is a task, started from jars
that the nodes have (`xdl_zookeeper`), or one that runs already: a user who gives
`ZK_ADDR`, as `zfs://host:port/path`, gets no other. The path must then be the job's
own; its parent must exist, the node itself XDL makes (`zk_wrapper.h`).

XDL reads its place from the command line (`--task_name`, `--zk_addr` …); programs pass
the variables on. XDL itself needs Python 2 and was not tried: a program of
`examples/xdl` speaks its contract, with a real ZooKeeper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.dmlc import WORKER, interpreter, with_coordinator
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.xdl_zookeeper import PROGRAM, SOURCE
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

SERVER, SCHEDULER, ZOOKEEPER = "ps", "scheduler", "zookeeper"
ADDRESS = "ZK_ADDR"
_SCHEME = "zfs://"


class Xdl(Adapter):
    """Workers with servers, a scheduler and a ZooKeeper, or independent processes."""

    profile = Profile(
        summary="workers with servers and a scheduler, which find each other in a "
        "ZooKeeper",
        roles={
            WORKER: "trains with its share of the records",
            SERVER: "keeps the model; without one, workers are independent",
            SCHEDULER: "tells the others of each other; is like a server",
            ZOOKEEPER: "says where the scheduler is; not where ZK_ADDR is given",
        },
        added=frozenset({SCHEDULER, ZOOKEEPER}),
        variables={
            **PLACE,
            "TASK_NAME": "`worker`, `ps` or `scheduler`",
            "TASK_INDEX": "number of the task within its role, from 0",
            ADDRESS: "where the scheduler is found: zfs://host:port/path",
            "TASK_NUM": "for workers: how many there are",
            "PS_NUM": "for the scheduler: number of servers",
            "PS_CPU_CORES": "for the scheduler: cores of a server",
            "PS_MEMORY_M": "for the scheduler: memory of a server, in MB",
        },
        files={PROGRAM: "for the ZooKeeper: what starts it"},
    )

    def complete(self, job: JobSpec) -> JobSpec:
        """Return the job with a scheduler and a ZooKeeper, if there are servers.

        Raises:
            ConfigError: It has other roles, or a ZooKeeper that XDL cannot address.
        """
        job = super().complete(job)
        if not job.count(SERVER):
            return job
        if not job.count(SCHEDULER):
            scheduler = msgspec.structs.replace(
                job.role(SERVER), name=SCHEDULER, count=1
            )
            job = msgspec.structs.replace(job, roles=(*job.roles, scheduler))
        if _given_address(job):
            return job
        return with_coordinator(job, ZOOKEEPER)

    def shape(self, job: JobSpec) -> Shape:
        """Say that all start together, and that all but workers serve."""
        services = frozenset({SERVER, SCHEDULER, ZOOKEEPER})
        if not job.count(SERVER):
            return Shape(
                rendezvous=False,
                services=services,
                failure_rate=job.options.failure_rate,
                restarts_alone=frozenset({WORKER}),
            )
        return Shape(
            rendezvous=True,
            ports={ZOOKEEPER: 1} if not _given_address(job) else {},
            numeric=True,
            services=services,
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return what Hbox gave to XDL's programs, or the ZooKeeper."""
        variables = place(job, view, task)
        if not job.count(SERVER):
            return Launch(variables)
        if task.role == ZOOKEEPER:
            command = (interpreter(job.role(WORKER).command), PROGRAM)
            return Launch(variables, files={PROGRAM: SOURCE}, command=command)
        variables |= {
            "TASK_NAME": task.role,
            "TASK_INDEX": str(task.index),
            ADDRESS: _given_address(job) or _address(job, view),
        }
        return Launch(variables | _counts(job, task.role))


def _counts(job: JobSpec, role: str) -> dict[str, str]:
    server = job.role(SERVER)
    if role == SCHEDULER:
        return {
            "PS_NUM": str(server.count),
            "PS_CPU_CORES": str(server.resources.vcores),
            "PS_MEMORY_M": str(server.resources.memory_mb),
        }
    return {"TASK_NUM": str(job.count(WORKER))} if role == WORKER else {}


def _address(job: JobSpec, view: ClusterView) -> str:
    """Return a node of the job's own ZooKeeper that no older cluster has written."""
    listens = view.address(TaskId(ZOOKEEPER, 0))
    return f"{_SCHEME}{listens}/{job.application_id}_{view.generation}"


def _given_address(job: JobSpec) -> str:
    """Return the address that the user gave, "" if there is none.

    Raises:
        ConfigError: XDL could not read it.
    """
    given = (role.environment.get(ADDRESS, "") for role in job.roles)
    address = next(filter(None, given), "")
    hosts, _, path = address.removeprefix(_SCHEME).partition("/")
    if address and not (address.startswith(_SCHEME) and hosts and path):
        raise ConfigError(
            f"{ADDRESS}: XDL cannot read `{address}`",
            hint="zfs://host:port/path, with a path of this job's own",
        )
    return address


XDL = Xdl()
