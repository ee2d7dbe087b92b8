"""Any type word that no other module knows: independent processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec


def place(job: JobSpec, task: TaskId) -> dict[str, str]:
    """Return the variables that every task of every type gets.

    `TF_ROLE` and `TF_INDEX` are in all types because XLearning set them in all.
    """
    return {
        "XL_ROLE": task.role,
        "XL_INDEX": str(task.index),
        "XL_WORLD_SIZE": str(sum(role.count for role in job.roles)),
        "TF_ROLE": task.role,
        "TF_INDEX": str(task.index),
    }


class Generic:
    """Independent processes: each starts when it is ready, some may fail."""

    def shape(self, job: JobSpec) -> Shape:
        """Say that nobody waits for anybody."""
        return Shape(rendezvous=False, failure_rate=job.options.failure_rate)

    def environment(
        self, job: JobSpec, view: ClusterView, task: TaskId
    ) -> Mapping[str, str]:
        """Return role, index and number of tasks."""
        return place(job, task)
