"""Which splits a task reads when. Pure.

A lane is a row of splits that are read one after the other. Several inputs are one
lane, or a lane each when their records are to be mixed. A random order comes from the
job's seed, the task and the epoch: the same job run again reads the same.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.spec import StreamOptions

Lane = tuple[int, ...]
"""Numbers of splits."""


def lanes(
    splits: Sequence[StreamSplit], options: StreamOptions, task: str, epoch: int
) -> tuple[Lane, ...]:
    """Return what is read in one epoch, counted from 0; every split is in it once."""
    rows: dict[str, list[int]] = {}
    for number, split in enumerate(splits):
        rows.setdefault(split.alias, []).append(number)
    if options.shuffle:
        chance = random.Random(f"{options.seed}/{task}/{epoch}")
        for row in rows.values():
            chance.shuffle(row)
    if options.merge:
        return tuple(tuple(row) for row in rows.values())
    return (tuple(number for row in rows.values() for number in row),)


def permuted(splits: Sequence[StreamSplit], seed: int) -> tuple[StreamSplit, ...]:
    """Return splits in a random order: to share them out by chance."""
    found = list(splits)
    random.Random(f"{seed}").shuffle(found)
    return tuple(found)


class Turns:
    """Whose turn it is among lanes of different lengths, so that they end together."""

    def __init__(self, lengths: Sequence[int]) -> None:
        """Begin; `lengths` are in bytes as stored."""
        self._lengths = [max(1, length) for length in lengths]
        self._done = [0] * len(lengths)
        self._open = set(range(len(lengths)))

    def next(self) -> int | None:
        """Return the lane that is least far, None when all have ended."""
        return min(self._open, key=self._part, default=None)

    def moved(self, lane: int, count: int) -> None:
        """Note what was read of a lane."""
        self._done[lane] += count

    def ended(self, lane: int) -> None:
        """Note that a lane has nothing more."""
        self._open.discard(lane)

    def _part(self, lane: int) -> tuple[float, int]:
        return self._done[lane] / self._lengths[lane], lane
