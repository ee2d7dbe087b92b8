"""What is tried again at the moment, kept for those who show it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.waits import Wait


class Waits:
    """What the threads of a process try again."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._waits: dict[object, tuple[Wait, Callable[[], bool]]] = {}

    def put(
        self, key: object, wait: Wait, stands: Callable[[], bool] = lambda: True
    ) -> None:
        """Note what is tried again.

        Args:
            key: Whose it is; it takes the place of an earlier one.
            wait: What to show.
            stands: Says whether it still is so; what goes on again is shown no longer.
        """
        with self._lock:
            self._waits[key] = (wait, stands)

    def drop(self, key: object) -> None:
        """Forget what is over, one way or the other."""
        with self._lock:
            self._waits.pop(key, None)

    def oldest(self) -> Wait | None:
        """Return what has been tried for longest, None when nothing is."""
        with self._lock:
            found = [wait for wait, stands in self._waits.values() if stands()]
        return min(found, key=lambda wait: wait.since_ms, default=None)
