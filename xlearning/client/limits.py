"""What a job asks for against what the cluster can give. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xlearning.config.keys import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlearning.job.resources import Resources
    from xlearning.job.spec import JobSpec


class Problem(NamedTuple):
    """Something that is certain to fail.

    Attributes:
        line: What is wrong.
        hint: What to do about it, "" for nothing.
    """

    line: str
    hint: str = ""


class Queue(NamedTuple):
    """A queue of the scheduler.

    Attributes:
        path: Its whole name, e.g. `root.prod`.
        is_leaf: Whether applications can be in it.
        is_running: Whether it takes new ones.
    """

    path: str
    is_leaf: bool = True
    is_running: bool = True


_OPTIONS = {
    "AM": "--am-{}",
    "worker": "--worker-{}",
    "chief": "--chiefworker-{}",
    "evaluator": "--evaluatorworker-{}",
    "ps": "--ps-{}",
}


def size_problems(job: JobSpec, maximum: Resources) -> list[Problem]:
    """Return what is larger than the largest container that the cluster gives.

    Args:
        job: What is asked for.
        maximum: The ResourceManager's maximum, which is the largest node's size.
    """
    found = _role_problems("AM", job.am, maximum)
    for role in job.roles:
        found += _role_problems(role.name, role.resources, maximum)
    return found


def _role_problems(role: str, asked: Resources, maximum: Resources) -> list[Problem]:
    amounts = {
        "memory": (asked.memory_mb, maximum.memory_mb, "MiB"),
        "cores": (asked.vcores, maximum.vcores, "cores"),
        "gpus": (asked.gpus, maximum.gpus, "GPUs"),
    }
    return [
        Problem(
            f"{role} {_WORDS[kind]} requested {wanted} above the max threshold of "
            f"yarn cluster {most}",
            _size_hint(role, kind, f"{most} {unit}"),
        )
        for kind, (wanted, most, unit) in amounts.items()
        if wanted > most
    ]


_WORDS = {"memory": "memory", "cores": "cores", "gpus": "gpu cores"}


def _size_hint(role: str, kind: str, most: str) -> str:
    is_worker = role in ("chief", "evaluator") and kind != "memory"
    option = _OPTIONS["worker" if is_worker else role].format(kind)
    if kind == "gpus" and most.startswith("0 "):
        return f"the cluster has no GPUs: leave out {option}"
    return f"{option}: {most} at most"


def queue_problems(name: str, queues: Sequence[Queue], address: str) -> list[Problem]:
    """Return why a job cannot be put into a queue.

    Args:
        name: The queue as the user wrote it: its last part or its whole path.
        queues: All queues; none when the scheduler does not tell.
        address: Which cluster, for the message.
    """
    if not queues:
        return []
    found = [queue for queue in queues if _is_named(queue, name)]
    leaves = [queue for queue in found if queue.is_leaf]
    choices = _choices(queues)
    if not found:
        if _may_be_made(name, queues):
            return []
        near = did_you_mean(name, _names(queues))
        return [
            Problem(f"queue `{name}` does not exist on `{address}`", near or choices)
        ]
    if not leaves:
        return [Problem(f"queue `{name}` only holds other queues", choices)]
    if not any(queue.is_running for queue in leaves):
        return [Problem(f"queue `{name}` is stopped and takes no jobs", choices)]
    return []


def _is_named(queue: Queue, name: str) -> bool:
    return name in (queue.path, queue.path.rpartition(".")[2])


def _may_be_made(name: str, queues: Iterable[Queue]) -> bool:
    """Say whether the scheduler may make a queue below one that is there."""
    parent = name.rpartition(".")[0]
    return bool(parent) and any(
        not queue.is_leaf and queue.path != "root" and _is_named(queue, parent)
        for queue in queues
    )


def _names(queues: Iterable[Queue]) -> list[str]:
    leaves = [queue for queue in queues if queue.is_leaf and queue.is_running]
    return [queue.path.rpartition(".")[2] for queue in leaves]


def _choices(queues: Iterable[Queue]) -> str:
    names = ", ".join(f"`{name}`" for name in _names(queues))
    return f"queues that there are: {names}" if names else ""
