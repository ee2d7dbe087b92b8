"""Which roles a job has and how large each is. Pure.

XLearning counts chief and evaluator among the workers: a TENSORFLOW job whose chief has
a memory of its own gets a role `chief` instead of worker 0, and with an evaluator the
last worker is that. Types that know no parameter servers get none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xlearning.errors import ConfigError
from xlearning.frameworks.registry import adapter
from xlearning.job.resources import Resources
from xlearning.job.spec import RoleSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.config.load import Settings


class Program(NamedTuple):
    """What every role runs: a command in an environment."""

    command: tuple[str, ...]
    environment: dict[str, str]


class Roles(NamedTuple):
    """The roles of a job, and what about them should be said."""

    specs: tuple[RoleSpec, ...]
    warnings: tuple[str, ...]


def role_specs(application_type: str, settings: Settings, program: Program) -> Roles:
    """Return the roles in the order chief, worker, evaluator, ps."""
    warnings: list[str] = []
    workers = settings.integer("xlearning.worker.num")
    ps = _ps_number(application_type, settings, warnings)
    evaluators = int(_has_evaluator(application_type, settings, ps, warnings))
    chiefs = int(_has_chief(application_type, settings, warnings))
    chiefs = min(chiefs, workers - evaluators)
    counts = {
        "chief": chiefs,
        "worker": workers - chiefs - evaluators,
        "evaluator": evaluators,
        "ps": ps,
    }
    specs = tuple(
        RoleSpec(
            name=name,
            count=count,
            resources=_resources(name, settings),
            command=program.command,
            environment=program.environment,
            node_label=_node_label(name, settings),
        )
        for name, count in counts.items()
        if count > 0
    )
    return Roles(specs, tuple(warnings))


def _knows(application_type: str, role: str) -> bool:
    return role in adapter(application_type).profile.roles


def _ps_number(application_type: str, settings: Settings, warnings: list[str]) -> int:
    number = settings.integer("xlearning.ps.num")
    if number == 0 or _knows(application_type, "ps"):
        return number
    warnings.append(
        f"{settings.origin('xlearning.ps.num')}: the type {application_type} has no "
        "parameter servers, none are started"
    )
    return 0


def _has_evaluator(
    application_type: str, settings: Settings, ps: int, warnings: list[str]
) -> bool:
    """Apply XLearning's rule: TENSORFLOW, distributed, more than one worker."""
    if not settings.flag("xlearning.tf.evaluator"):
        return False
    origin = settings.origin("xlearning.tf.evaluator")
    workers = settings.integer("xlearning.worker.num")
    strategy = settings.flag("xlearning.tf.distribution.strategy")
    if not _knows(application_type, "evaluator"):
        warnings.append(f"{origin}: only a TENSORFLOW job has an evaluator")
        return False
    if workers < 2:
        warnings.append(f"{origin}: there is no evaluator with one worker only")
        return False
    if ps == 0 and not strategy:
        warnings.append(
            f"{origin}: there is no evaluator without parameter servers or "
            "`xlearning.tf.distribution.strategy`"
        )
        return False
    return True


def _has_chief(application_type: str, settings: Settings, warnings: list[str]) -> bool:
    memory = settings.optional_integer("xlearning.chief.worker.memory")
    if memory is None or memory == settings.integer("xlearning.worker.memory"):
        return False
    if _knows(application_type, "chief"):
        return True
    warnings.append(
        f"{settings.origin('xlearning.chief.worker.memory')}: only a TENSORFLOW job "
        "has a chief"
    )
    return False


def check_limits(
    application_type: str, settings: Settings, specs: Iterable[RoleSpec]
) -> None:
    """Check numbers of tasks, once all roles are known.

    Raises:
        ConfigError: There are more tasks than allowed, or the worker that should
            upload the output does not exist.
    """
    counts = {spec.name: spec.count for spec in specs}
    workers = sum(counts.get(role, 0) for role in ("chief", "worker", "evaluator"))
    tasks = workers + counts.get("ps", 0)
    limit = settings.integer("xlearning.execute.node.limit")
    if _knows(application_type, "ps") and tasks > limit:
        raise ConfigError(
            f"Container num requested over the limit {limit}: {tasks} workers and "
            "parameter servers",
            hint="ask for fewer with --worker-num or --ps-num, or raise "
            "`xlearning.execute.node.limit` (from "
            f"{settings.origin('xlearning.execute.node.limit')})",
        )
    index = settings.integer("xlearning.output.index")
    if workers and index >= workers:
        raise ConfigError(
            f"{settings.origin('xlearning.output.index')}: there is no worker {index}",
            hint=f"the last of {workers} is worker {workers - 1}; -1 is all of them",
        )


def _resources(role: str, settings: Settings) -> Resources:
    group = "ps" if role == "ps" else "worker"
    memory = settings.integer(f"xlearning.{group}.memory")
    own = {
        "chief": "xlearning.chief.worker.memory",
        "evaluator": "xlearning.evaluator.worker.memory",
    }.get(role)
    if own is not None:
        memory = settings.optional_integer(own) or memory
    return Resources(
        memory_mb=memory,
        vcores=settings.integer(f"xlearning.{group}.cores"),
        gpus=settings.integer(f"xlearning.{group}.gcores"),
    )


def _node_label(role: str, settings: Settings) -> str:
    group = "ps" if role == "ps" else "worker"
    return settings.text(f"xlearning.{group}.nodeLabelExpression")
