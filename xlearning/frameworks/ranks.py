"""Types in which every process has a rank: PYTORCH, JAX and those like them.

Containers are the *groups* of torchrun: worker i has the ranks i*n … i*n + n - 1 when
each container runs n processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

WORKER = "worker"


class Rank(NamedTuple):
    """One process among all.

    Attributes:
        rank: Its number among all, from 0.
        world_size: How many there are.
        local_rank: Its number in its container.
        local_world_size: How many its container runs.
        group_rank: The number of its container.
        group_world_size: How many containers there are.
    """

    rank: int
    world_size: int
    local_rank: int
    local_world_size: int
    group_rank: int
    group_world_size: int


def processes_in_a_worker(job: JobSpec) -> int:
    """Return how many processes a worker's container runs."""
    if job.options.processes:
        return job.options.processes
    return max(1, job.role(WORKER).resources.gpus)


def ranks_of(job: JobSpec, task: TaskId) -> list[Rank]:
    """Return the ranks of a worker's processes."""
    local, groups = processes_in_a_worker(job), job.count(WORKER)
    first, world = task.index * local, groups * local
    return [
        Rank(first + number, world, number, local, task.index, groups)
        for number in range(local)
    ]
