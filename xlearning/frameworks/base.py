"""The questions that every application type answers.

An adapter is asked three times. The client asks for the job that is really submitted
(`complete`: roles that the type does not know are refused, a coordinator of its own is
added as a role). The ApplicationMaster asks how the tasks belong together (`shape`).
The agents ask what a task starts with once all are ready (`launch`). `profile` is what
can be said without a job.

A coordinator is never in the ApplicationMaster's process: it is a role that `complete`
adds, with a command of its own (a program that no node has comes as a file of the
launch), or a process beside another one in a container (`Launch.processes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec


class ClusterView(msgspec.Struct, frozen=True):
    """Where the tasks of a job listen, the same for all of them.

    Attributes:
        generation: Grows with every new view; older processes must not join it.
        members: Role to the addresses of its tasks by index: `host:port`,
            `host:port,port` for a task that holds several, "" for one that does not
            listen; `[2001:db8::7]:port` for an IPv6 address.
        secret: What the tasks of the job know and nobody else, hex digits; it may go
            into files, never into variables.
        interface: The interface that the job wants its tasks to talk over, as the
            task's own node calls it; "" where the job names none.
    """

    generation: int
    members: dict[str, tuple[str, ...]]
    secret: str = ""
    interface: str = ""

    def address(self, task: TaskId, number: int = 0) -> str:
        """Return `host:port` with a task's port of a number, "" if it has none."""
        addresses = self.members.get(task.role, ())
        member = addresses[task.index] if task.index < len(addresses) else ""
        host, _, ports = member.rpartition(":")
        held = ports.split(",")
        return f"{host}:{held[number]}" if host and number < len(held) else ""

    def endpoint(self, task: TaskId, number: int = 0) -> tuple[str, str]:
        """Return host and port of `address`, both "" if there is none.

        An IPv6 address is without its brackets.
        """
        host, _, port = self.address(task, number).rpartition(":")
        return host.strip("[]"), port

    def addresses(self, role: str) -> list[str]:
        """Return the first addresses of a role's tasks that listen, by index."""
        members = self.members.get(role, ())
        return [member.partition(",")[0] for member in members if member]


class Shape(msgspec.Struct, frozen=True):
    """How the tasks of a job belong together.

    Attributes:
        rendezvous: Whether all tasks start together with a common view; otherwise
            each starts when it is ready.
        ports: Role to the number of ports that each of its tasks holds; roles that
            are not in it hold none.
        numeric: The view names nodes by IP address, for programs that do not look
            names up.
        services: Roles that serve the others and are stopped when these are done.
        optional: Roles whose failure does not count; they too are stopped at the end.
        failure_rate: Share of failed tasks from which on the job has failed; 0 for
            the first failure.
        restarts_alone: Roles of which a lost task may start anew while the others go
            on; the loss of any other task means that all have to.
        input_roles: Roles that share the input, in the order in which they do.
        output_roles: Roles whose outputs are uploaded.
    """

    rendezvous: bool
    ports: dict[str, int] = {}
    numeric: bool = False
    services: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    failure_rate: float = 0.0
    restarts_alone: frozenset[str] = frozenset()
    input_roles: tuple[str, ...] = ("chief", "worker")
    output_roles: tuple[str, ...] = ("chief", "worker", "evaluator", "ps")


class Process(msgspec.Struct, frozen=True):
    """One of several processes that run in a container as its task.

    The first that fails ends the others, and the task with them.

    Attributes:
        name: What its lines begin with, e.g. `rank 3`.
        environment: Variables of its own, beside those of the task.
        command: Program and arguments, empty for the task's own.
        service: It serves the others and is ended when they are done.
    """

    name: str
    environment: dict[str, str] = {}
    command: tuple[str, ...] = ()
    service: bool = False


class Launch(msgspec.Struct, frozen=True):
    """What a task starts with. The user's own variables win over these.

    Attributes:
        environment: Variables about the job and the task's place in it.
        files: Name in the working directory to content; one that begins with `#!` is
            made executable.
        command: Program and arguments, empty for those that the user gave.
        processes: What runs in the container, empty for the command once.
        release_ports: The held ports are let go just before the program starts, for
            servers that do not set SO_REUSEADDR; otherwise they are held all the time.
    """

    environment: dict[str, str]
    files: dict[str, str] = {}
    command: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    release_ports: bool = False


class Profile(msgspec.Struct, frozen=True):
    """What a type is, whatever the job.

    Attributes:
        summary: One line, as `xl frameworks` shows it.
        roles: Role to what its tasks do.
        added: Those of the roles that `complete` adds and no user asks for.
        open_roles: Whether a user may declare others.
        variables: Name of each variable that a task may find, to its meaning.
        files: Name of each file that a task may find, to its content.
        processes: Whether a container may run several processes of the program
            (`--nproc-per-container`).
    """

    summary: str
    roles: dict[str, str]
    added: frozenset[str] = frozenset()
    open_roles: bool = False
    variables: dict[str, str] = {}
    files: dict[str, str] = {}
    processes: bool = False


class Adapter(Protocol):
    """One application type."""

    profile: Profile

    def complete(self, job: JobSpec) -> JobSpec:
        """Return the job with the roles that the type adds, behind the user's.

        Completing a job twice changes nothing.

        Raises:
            ConfigError: The type cannot run this job.
        """
        return ended_by_somebody(checked(job, self.profile), self.shape(job))

    def shape(self, job: JobSpec) -> Shape:
        """Say how the tasks of this job belong together."""

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Say what a task starts with, now that it is known where all are."""


def checked(job: JobSpec, profile: Profile) -> JobSpec:
    """Return the job if the type knows its roles and can run its processes.

    Raises:
        ConfigError: It does not.
    """
    known = [name for name in profile.roles if name not in profile.added]
    for role in job.roles:
        if role.name not in profile.roles and not profile.open_roles:
            raise ConfigError(
                f"a job of type {job.application_type} has no role `{role.name}`",
                hint=f"its roles: {', '.join(known)}; see `xl frameworks`",
            )
    if job.options.processes != 1 and not profile.processes:
        raise ConfigError(
            f"--nproc-per-container: a container of a {job.application_type} job runs "
            "one process",
            hint="leave it out, or ask for more containers; `xl frameworks` says which "
            "types take it",
        )
    return job


def ended_by_somebody(job: JobSpec, shape: Shape) -> JobSpec:
    """Return the job if one of its roles is not there to serve the others.

    Raises:
        ConfigError: All are.
    """
    if all(role.name in shape.services | shape.optional for role in job.roles):
        names = " and ".join(role.name for role in job.roles)
        raise ConfigError(
            f"nobody ends the job: {names} only serve others",
            hint="ask for a role whose end is the job's too (--worker-num), or leave "
            "`service` out for it",
        )
    return job
