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
    name = "worker" if is_worker else role
    option = _OPTIONS.get(name, f"--role {role}:{{}}=…").format(kind)
    if kind == "gpus" and most.startswith("0 "):
        return f"the cluster has no GPUs: leave out {option}"
    return f"{option}: {most} at most"


def queue_problems(name: str, queues: Sequence[str], address: str) -> list[Problem]:
    """Return why a job cannot be put into a queue.

    Args:
        name: The queue as the user wrote it: its last part or its whole path.
        queues: Paths of all queues that take jobs, e.g. `root.prod`; none when the
            scheduler makes queues as they are named.
        address: Which cluster, for the message.
    """
    if not queues or any(_is_named(path, name) for path in queues):
        return []
    choices = "queues that there are: " + ", ".join(f"`{_last(q)}`" for q in queues)
    parents = {parent for path in queues for parent in _parents(path)}
    if any(_is_named(path, name) for path in parents):
        return [Problem(f"queue `{name}` only holds other queues", choices)]
    if _may_be_made(name, parents | set(queues)):
        return []
    near = did_you_mean(name, [_last(path) for path in queues])
    return [Problem(f"queue `{name}` does not exist on `{address}`", near or choices)]


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _is_named(path: str, name: str) -> bool:
    return name in (path, _last(path))


def _parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:number]) for number in range(1, len(parts))]


def _may_be_made(name: str, paths: Iterable[str]) -> bool:
    """Say whether the scheduler may make a queue below one that is there."""
    parent = name.rpartition(".")[0]
    return parent not in ("", "root") and any(_is_named(p, parent) for p in paths)
