"""Who gets which input file. Pure.

Every alias is shared out by itself, so that a worker that has files of one alias also
has some of the others where there are enough. The number of workers never changes: with
fewer files than workers some shares hold nothing of that alias.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import msgspec

from xlearning.job.spec import InputBalance

if TYPE_CHECKING:
    from collections.abc import Sequence


class InputFile(msgspec.Struct, frozen=True):
    """One file of a job's input.

    Attributes:
        alias: The local directory that it belongs to.
        uri: Where it is, qualified and not percent-encoded.
        length: Its length in bytes when it was listed.
        relative_path: Its place below the local directory.
        modified_ms: When it was last changed, in milliseconds since 1970.
    """

    alias: str
    uri: str
    length: int
    relative_path: str
    modified_ms: int = 0


Share = tuple[InputFile, ...]
"""The files of one worker, in listing order."""


def split(
    files: Sequence[InputFile],
    workers: int,
    balance: InputBalance = InputBalance.BYTES,
) -> tuple[Share, ...]:
    """Share files out to workers; the same files give the same shares.

    With `InputBalance.COUNT` file i of an alias goes to worker i mod W, as XLearning
    did. With `InputBalance.BYTES` the largest file goes first, each to the worker that
    has the fewest bytes of that alias: no worker gets more than the mean plus one file.

    Returns:
        One share per worker, some perhaps empty.

    Raises:
        ValueError: There is no worker.
    """
    if workers < 1:
        raise ValueError(f"{workers} workers cannot share files")
    numbered: list[list[tuple[int, InputFile]]] = [[] for _ in range(workers)]
    totals = [0] * workers
    for group in _by_alias(files):
        owners = (
            [number % workers for number in range(len(group))]
            if balance is InputBalance.COUNT
            else _lightest_owners([file.length for _, file in group], totals)
        )
        for entry, owner in zip(group, owners, strict=True):
            numbered[owner].append(entry)
            totals[owner] += entry[1].length
    return tuple(
        tuple(file for _, file in sorted(share, key=lambda entry: entry[0]))
        for share in numbered
    )


def _by_alias(files: Sequence[InputFile]) -> list[list[tuple[int, InputFile]]]:
    """Group files by alias, each with its number in the whole list."""
    groups: dict[str, list[tuple[int, InputFile]]] = {}
    for number, file in enumerate(files):
        groups.setdefault(file.alias, []).append((number, file))
    return list(groups.values())


def _lightest_owners(lengths: list[int], totals: list[int]) -> list[int]:
    """Return the worker for each file: longest file first, to the lightest worker.

    Equal workers are told apart by the number of files, then by what they have of
    earlier aliases, then by their own number.
    """
    heap = [(0, 0, total, worker) for worker, total in enumerate(totals)]
    heapq.heapify(heap)
    owners = [0] * len(lengths)
    for number in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
        load, count, total, worker = heap[0]
        owners[number] = worker
        heapq.heapreplace(heap, (load + lengths[number], count + 1, total, worker))
    return owners
