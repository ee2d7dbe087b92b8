"""The questions that every application type answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec


class ClusterView(msgspec.Struct, frozen=True):
    """Where the tasks of a job listen, the same for all of them.

    Attributes:
        generation: Grows with every new view; older processes must not join it.
        members: Role to the addresses (`host:port`) of its tasks by index; ""
            for a task that does not listen.
    """

    generation: int
    members: dict[str, tuple[str, ...]]


class Shape(msgspec.Struct, frozen=True):
    """How the tasks of a job belong together.

    Attributes:
        rendezvous: Whether all tasks start together with a common view; otherwise
            each starts when it is ready.
        listeners: Roles whose tasks hold a port.
        services: Roles that serve the others and are stopped when these are done.
        optional: Roles whose failure does not count; they too are stopped at the end.
        failure_rate: Share of failed tasks from which on the job has failed; 0 for
            the first failure.
        input_roles: Roles that share the input, in the order in which they do.
        output_roles: Roles whose outputs are uploaded.
    """

    rendezvous: bool
    listeners: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    failure_rate: float = 0.0
    input_roles: tuple[str, ...] = ("chief", "worker")
    output_roles: tuple[str, ...] = ("chief", "worker", "evaluator", "ps")


class Adapter(Protocol):
    """One application type."""

    def shape(self, job: JobSpec) -> Shape:
        """Say how the tasks of this job belong together."""

    def environment(
        self, job: JobSpec, view: ClusterView, task: TaskId
    ) -> Mapping[str, str]:
        """Return the variables that tell a task about its job and its place in it."""
