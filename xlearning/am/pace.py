"""How long to wait until the next `allocate`. Pure.

A reply never carries containers for the ask that it answers: a NodeManager's heartbeat
places them and the next `allocate` collects them. So it pays to beat fast after an ask
and while something is expected, and to slow down when nothing comes.

A pause is never longer than about a fifth of the time that the ask has stood: with a
growth of 1.5 (the half) a job that waited 0.8 s for a NodeManager's heartbeat of 1 s
saw its container 0.2 s late. The longest pause is reached after 16 calls.
"""

from __future__ import annotations

FIRST_S = 0.05
GROWTH = 1.2
OPEN_MAX_S = 1.0
"""While asks stand or a container is about to end, the pause grows up to this."""


class Pace:
    """The pauses between heartbeats."""

    def __init__(self, idle_s: float) -> None:
        """Wait `idle_s` when nothing is wanted."""
        self._idle_s = idle_s
        self._next_s = FIRST_S

    def hurry(self) -> None:
        """Begin again with the shortest pause: something has changed."""
        self._next_s = FIRST_S

    def pause(self, *, expecting: bool) -> float:
        """Return how long to wait now.

        Args:
            expecting: Whether an answer of the cluster is due.
        """
        if not expecting:
            return self._idle_s
        pause = self._next_s
        self._next_s = min(pause * GROWTH, OPEN_MAX_S)
        return min(pause, self._idle_s)
