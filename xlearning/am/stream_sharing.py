"""Shares splits out to tasks: evenly, and where they can be near their readers. Pure.

In their order each task gets a run of splits that follow each other, as in XLearning.
With a shuffle who gets which is a matter of chance, as is when: XLearning called its
round robin that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.events import InputListed
from xlearning.am.sharing import takers
from xlearning.io.locality import Near, bytes_near, split_near
from xlearning.io.splits import InputFile, split
from xlearning.io.streams.sequence import permuted
from xlearning.job.spec import InputBalance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlearning.io.splits import Share
    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec


def share_splits(
    spec: JobSpec, splits: Sequence[StreamSplit], hosts: Mapping[TaskId, str]
) -> InputListed:
    """Return the splits of each task that shares the input.

    Args:
        spec: The job.
        splits: All splits.
        hosts: Where tasks are that have a container already.
    """
    tasks = takers(spec)
    if not tasks:
        return InputListed({})
    if spec.stream.shuffle:
        splits = permuted(splits, spec.stream.seed)
    parts, near = _as_files(splits, spec)
    homes = [hosts.get(task, "") for task in tasks]
    shares = _shares(spec, parts, homes, near)
    named = dict(zip(map(str, tasks), shares, strict=True))
    found = {
        name: tuple(splits[int(part.uri)] for part in share)
        for name, share in named.items()
    }
    if not near.files:
        return InputListed({}, splits=found)
    amounts = {name: bytes_near(share, near) for name, share in named.items()}
    located = {
        name: sum(part.length for part in share if part.uri in near.files)
        for name, share in named.items()
    }
    return InputListed({}, amounts, located, found)


def _as_files(
    splits: Sequence[StreamSplit], spec: JobSpec
) -> tuple[tuple[InputFile, ...], Near]:
    """Return splits as what is shared out otherwise: their numbers are the names."""
    parts = tuple(
        InputFile(each.alias, str(number), each.split.length, "")
        for number, each in enumerate(splits)
    )
    if not spec.data.near_input:
        return parts, Near()
    held = {
        part.uri: dict.fromkeys(each.split.hosts, part.length)
        for part, each in zip(parts, splits, strict=True)
        if each.split.hosts
    }
    return parts, Near(held)


def _shares(
    spec: JobSpec, parts: Sequence[InputFile], homes: Sequence[str], near: Near
) -> tuple[Share, ...]:
    by_bytes = spec.data.balance is InputBalance.BYTES
    if by_bytes and near.files:
        return split_near(parts, homes, near)
    if spec.stream.shuffle:
        return split(parts, len(homes), spec.data.balance)
    return runs(parts, len(homes), by_bytes=by_bytes)


def runs(
    parts: Sequence[InputFile], workers: int, *, by_bytes: bool
) -> tuple[Share, ...]:
    """Cut every input into runs of parts that follow each other, one for each worker.

    By bytes a part is of the worker into whose part of the whole its middle falls; by
    number the first workers get one more, as in XLearning.
    """
    shares: list[list[InputFile]] = [[] for _ in range(workers)]
    inputs: dict[str, list[InputFile]] = {}
    for part in parts:
        inputs.setdefault(part.alias, []).append(part)
    for row in inputs.values():
        owners = _by_bytes(row, workers) if by_bytes else _by_number(row, workers)
        for part, owner in zip(row, owners, strict=True):
            shares[owner].append(part)
    return tuple(tuple(share) for share in shares)


def _by_bytes(row: Sequence[InputFile], workers: int) -> list[int]:
    """Return owners; a part counts one byte more, for the empty ones."""
    total = sum(part.length + 1 for part in row)
    owners, start = [], 0
    for part in row:
        middle = 2 * start + part.length + 1
        owners.append(middle * workers // (2 * total))
        start += part.length + 1
    return owners


def _by_number(row: Sequence[InputFile], workers: int) -> list[int]:
    each, more = divmod(len(row), workers)
    sizes = [each + (worker < more) for worker in range(workers)]
    return [worker for worker, size in enumerate(sizes) for _ in range(size)]
