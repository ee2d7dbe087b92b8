"""MPI: ranks that Open MPI's `mpirun` starts, without ssh.

XLearning ran a patched mpiexec beside its ApplicationMaster, and its containers the
daemons whose command line that printed. Here `mpirun` is a task of its own, and what it
takes for ssh (`plm_rsh_agent`) is a program of ours that has the workers start the
daemons (`mpi_node`). Each worker is a node of Open MPI with a name of its own, so that
several may be on one host; their programs run in the workers' own directories.

Lines of all ranks come out of `mpirun`, each with its rank; its exit code is the job's.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.frameworks import mpi_run
from xlearning.frameworks.base import (
    Adapter,
    Launch,
    Profile,
    Shape,
    checked,
)
from xlearning.frameworks.dmlc import WORKER, interpreter, with_coordinator
from xlearning.frameworks.generic import PLACE, place
from xlearning.frameworks.mpi_node import NODES, PROGRAM, SOURCE
from xlearning.frameworks.ranks import processes_in_a_worker
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.spec import JobSpec

LAUNCHER = "launcher"
HOSTS = "mpi_hosts"
_HIERARCHY = "OMPI_MCA_coll_han_priority"
_IN_ITS_PLACE = 'cd "$MPI_EXEC_DIR" && PATH="$PATH:." && exec "$@"'
"""mpirun would have all ranks start in a folder with its own folder's name."""

_LAUNCHER_VARIABLES = {
    "OMPI_MCA_plm": "`rsh`: whatever else the node has, agents start the daemons",
    "OMPI_MCA_plm_rsh_agent": f"`{PROGRAM}`, in ssh's place",
    "OMPI_MCA_plm_rsh_no_tree_spawn": "1: only mpirun starts daemons",
    "OMPI_MCA_plm_rsh_num_concurrent": "number of workers: all start at once",
    "OMPI_MCA_orte_leave_session_attached": "1: daemons stay in their containers",
    "OMPI_MCA_hwloc_base_binding_policy": "none: YARN says who gets which cores",
    _HIERARCHY: "0 where workers are on one host: no collectives by host",
    "PRTE_MCA_plm": "the same for Open MPI 5: `ssh`",
    "PRTE_MCA_plm_ssh_agent": "OMPI_MCA_plm_rsh_agent",
    "PRTE_MCA_plm_ssh_no_tree_spawn": "OMPI_MCA_plm_rsh_no_tree_spawn",
    "PRTE_MCA_plm_ssh_num_concurrent": "OMPI_MCA_plm_rsh_num_concurrent",
    "PRTE_MCA_hwloc_default_binding_policy": "OMPI_MCA_hwloc_base_binding_policy",
}


_INTERFACE_VARIABLES = {
    "OMPI_MCA_btl_tcp_if_include": "what xlearning.network.interface says, for ranks",
    "OMPI_MCA_oob_tcp_if_include": "the same, for mpirun and its daemons",
}


class Mpi(Adapter):
    """Workers that Open MPI takes for nodes, and mpirun as a task."""

    profile = Profile(
        summary="ranks that Open MPI's mpirun starts through our agents, without ssh",
        roles={
            WORKER: "a node of Open MPI: runs one rank, or as many as "
            "--nproc-per-container says",
            LAUNCHER: "runs mpirun; the lines of all ranks are its own",
        },
        added=frozenset({LAUNCHER}),
        variables={
            **PLACE,
            "TF_INDEX": "number of the worker from 1, as XLearning had it for MPI",
            "MPI_EXEC_DIR": "for ranks: where they run, the worker's own directory",
            "CONTAINER_COMMAND": "for ranks: what started Open MPI's daemon, with # "
            "for quotes",
            **_LAUNCHER_VARIABLES,
            **_INTERFACE_VARIABLES,
        },
        files={
            PROGRAM: "what starts Open MPI's daemons on the workers",
            NODES: "where the workers listen, and what tasks know each other by",
            mpi_run.PROGRAM: "what runs mpirun and names the rank of each line",
            HOSTS: "for mpirun: the workers and their slots",
        },
        processes=True,
    )

    def complete(self, job: JobSpec) -> JobSpec:
        """Return the job with a task for mpirun.

        Raises:
            ConfigError: It has other roles, or no workers.
        """
        job = checked(job, self.profile)
        if not job.count(WORKER):
            raise ConfigError(
                f"a job of type {job.application_type} has no workers for mpirun to "
                "start ranks on",
                hint="ask for some: --worker-num 2",
            )
        return with_coordinator(job, LAUNCHER)

    def shape(self, job: JobSpec) -> Shape:
        """Say that workers serve mpirun, and that all have to start anew together."""
        return Shape(
            rendezvous=True,
            ports={WORKER: 1},
            services=frozenset({WORKER}),
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return mpirun, or what starts its daemon on a worker."""
        variables = place(job, view, task) | _interface(job)
        python = interpreter(job.role(WORKER).command)
        files = {PROGRAM: SOURCE, NODES: _nodes(job, view)}
        if task.role == WORKER:
            variables["TF_INDEX"] = str(task.index + 1)
            serve = (python, PROGRAM, "serve", _name(task.index))
            return Launch(variables, files=files, command=serve)
        workers, slots = job.count(WORKER), processes_in_a_worker(job)
        lines = [f"{_name(index)} slots={slots}\n" for index in range(workers)]
        files |= {HOSTS: "".join(lines), mpi_run.PROGRAM: mpi_run.SOURCE}
        command = (
            *(python, mpi_run.PROGRAM, "mpirun", "--tag-output"),
            *("--hostfile", HOSTS, "-np", str(workers * slots)),
            *("sh", "-c", _IN_ITS_PLACE, "sh", *job.role(WORKER).command),
        )
        variables |= _settings(python, workers) | _on_shared_hosts(view)
        return Launch(variables, files=files, command=command)


def _settings(python: str, workers: int) -> dict[str, str]:
    """Return Open MPI's settings, under the names that 4 and 5 read."""
    agent = shlex.join((python, PROGRAM))
    return {
        "OMPI_MCA_plm": "rsh",
        "OMPI_MCA_plm_rsh_agent": agent,
        "OMPI_MCA_plm_rsh_no_tree_spawn": "1",
        "OMPI_MCA_plm_rsh_num_concurrent": str(workers),
        "OMPI_MCA_orte_leave_session_attached": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        "PRTE_MCA_plm": "ssh",
        "PRTE_MCA_plm_ssh_agent": agent,
        "PRTE_MCA_plm_ssh_no_tree_spawn": "1",
        "PRTE_MCA_plm_ssh_num_concurrent": str(workers),
        "PRTE_MCA_hwloc_default_binding_policy": "none",
    }


def _on_shared_hosts(view: ClusterView) -> dict[str, str]:
    """Return a setting without which ranks of several nodes on one host wait for ever.

    Open MPI 5's hierarchical collectives (`coll/han`) take those who say the same host
    name for ranks of one daemon; seen with 5.0.11.
    """
    hosts = [address.rpartition(":")[0] for address in view.addresses(WORKER)]
    shared = len(set(hosts)) < len(hosts)
    return {_HIERARCHY: "0"} if shared else {}


def _interface(job: JobSpec) -> dict[str, str]:
    """Return Open MPI's settings for an interface or a network, as the user wrote it.

    It takes both, and one setting goes to all nodes.
    """
    wanted = job.options.interface
    return dict.fromkeys(_INTERFACE_VARIABLES, wanted) if wanted else {}


def _name(index: int) -> str:
    """Return a worker's name as a node; it is looked up nowhere."""
    return f"xl-worker-{index}"


def _nodes(job: JobSpec, view: ClusterView) -> str:
    nodes = {
        _name(index): view.address(TaskId(WORKER, index))
        for index in range(job.count(WORKER))
    }
    known = {"secret": view.secret, "nodes": nodes}
    return msgspec.json.encode(known).decode()


MPI = Mpi()
