"""Sums of resources, and the rounding of asks. Pure.

Amounts are those of `Resource`; what the cluster does not count is dropped
(`ResourceUtils` of YARN logs and forgets unknown types).
"""

from __future__ import annotations

from dataclasses import replace

from xlearning.hadoop.resource import Resource

NOTHING = Resource(0, 0)


def add(one: Resource, other: Resource) -> Resource:
    """Return the sum."""
    return Resource(
        one.memory_mb + other.memory_mb,
        one.virtual_cores + other.virtual_cores,
        one.gpus + other.gpus,
    )


def subtract(one: Resource, other: Resource) -> Resource:
    """Return the difference."""
    return Resource(
        one.memory_mb - other.memory_mb,
        one.virtual_cores - other.virtual_cores,
        one.gpus - other.gpus,
    )


def total(amounts: list[Resource]) -> Resource:
    """Return the sum of all."""
    result = NOTHING
    for each in amounts:
        result = add(result, each)
    return result


def scaled(amount: Resource, share: float) -> Resource:
    """Return a share of an amount, rounded down, GPUs up to whole ones."""
    return Resource(
        int(amount.memory_mb * share),
        int(amount.virtual_cores * share),
        -int(-amount.gpus * share // 1),
    )


def largest(amounts: list[Resource]) -> Resource:
    """Return the greatest amount of each type."""
    return Resource(
        max((each.memory_mb for each in amounts), default=0),
        max((each.virtual_cores for each in amounts), default=0),
        max((each.gpus for each in amounts), default=0),
    )


def smallest(amounts: list[Resource]) -> Resource:
    """Return the least amount of each type."""
    return Resource(
        min(each.memory_mb for each in amounts),
        min(each.virtual_cores for each in amounts),
        min(each.gpus for each in amounts),
    )


def dominant_share(part: Resource, whole: Resource) -> float:
    """Return the greatest share of any type (`DominantResourceCalculator`)."""
    limits = whole.amounts()
    return (
        max(
            (amount / limits[name] if limits[name] else float("inf"))
            for name, amount in part.amounts().items()
            if amount or limits.get(name)
        )
        if any(part.amounts().values())
        else 0.0
    )


def rounded(asked: Resource, minimum: Resource) -> Resource:
    """Return what the scheduler gives for an ask: whole multiples of the minimum."""
    step = max(1, minimum.memory_mb)
    memory = max(asked.memory_mb, minimum.memory_mb)
    return Resource(
        -(-memory // step) * step,
        max(asked.virtual_cores, minimum.virtual_cores),
        asked.gpus,
    )


def known(asked: Resource) -> Resource:
    """Return an amount without the types that are not counted."""
    return replace(asked, others=())


def text(amount: Resource) -> str:
    """Return an amount as YARN prints it."""
    gpus = f", yarn.io/gpu: {amount.gpus}" if amount.gpus else ""
    return f"<memory:{amount.memory_mb}, vCores:{amount.virtual_cores}{gpus}>"
