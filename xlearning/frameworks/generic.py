"""Any type word that no other module knows.

Independent processes, as in XLearning, as long as nobody listens. A job that declares
roles which do (`ports`) starts together, and each task is told where the others are:
a scheduler with workers and a driver, say. Roles that serve the others (`service`) are
ended when these are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

PLACE = {
    "XL_ROLE": "role of the task",
    "XL_INDEX": "its number within the role, from 0",
    "XL_WORLD_SIZE": "number of tasks of the job",
    "XL_HOST": "name or address of the task's node, if it holds a port",
    "XL_PORT": "its first port",
    "XL_PORTS": "all its ports, with commas",
    "XL_INTERFACE": "the node's interface, if xlearning.network.interface is set",
    "TF_ROLE": "role, as XLearning set it for every type",
    "TF_INDEX": "number within the role, as XLearning set it for every type",
}
"""The variables that `place` gives, to their meaning."""


def place(job: JobSpec, view: ClusterView, task: TaskId) -> dict[str, str]:
    """Return the variables that every task of every type gets.

    `TF_ROLE` and `TF_INDEX` are in all types because XLearning set them in all.
    """
    variables = {
        "XL_ROLE": task.role,
        "XL_INDEX": str(task.index),
        "XL_WORLD_SIZE": str(sum(role.count for role in job.roles)),
        "TF_ROLE": task.role,
        "TF_INDEX": str(task.index),
    }
    host, port = view.endpoint(task)
    if host:
        ports = view.members[task.role][task.index].rpartition(":")[2]
        variables |= {"XL_HOST": host, "XL_PORT": port, "XL_PORTS": ports}
    if view.interface:
        variables["XL_INTERFACE"] = view.interface
    return variables


class Generic(Adapter):
    """Processes that know each other's addresses, where they have any."""

    profile = Profile(
        summary="independent processes; with roles that hold ports, processes that "
        "start together and know each other's addresses",
        roles={"worker": "runs the program"},
        open_roles=True,
        variables={
            **PLACE,
            "XL_<ROLE>_ADDRESS": "host:port of a role's first task, if it listens",
            "XL_<ROLE>_ADDRESSES": "host:port of all of them, with commas",
            "XL_CLUSTER": "JSON: each role that listens to the list of its addresses",
        },
    )

    def shape(self, job: JobSpec) -> Shape:
        """Say that nobody waits for anybody, unless somebody listens."""
        services = frozenset(role.name for role in job.roles if role.service)
        names = tuple(role.name for role in job.roles)
        ports = {role.name: role.ports for role in job.roles if role.ports}
        takers = tuple(name for name in names if name not in services)
        return Shape(
            rendezvous=bool(ports),
            ports=ports,
            services=services,
            failure_rate=0.0 if ports else job.options.failure_rate,
            restarts_alone=frozenset(names) if not ports else frozenset(),
            input_roles=takers,
            output_roles=names,
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return role, index, number of tasks, and where roles listen."""
        variables = place(job, view, task)
        cluster = {role: view.addresses(role) for role in sorted(view.members)}
        listening = {role: hosts for role, hosts in cluster.items() if hosts}
        if listening:
            variables["XL_CLUSTER"] = msgspec.json.encode(listening).decode()
        for role, hosts in listening.items():
            variables[f"XL_{role.upper()}_ADDRESS"] = hosts[0]
            variables[f"XL_{role.upper()}_ADDRESSES"] = ",".join(hosts)
        return Launch(variables)


GENERIC = Generic()
