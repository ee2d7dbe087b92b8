"""Waiting for what a real cluster does in its own time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_PAUSE_S = 0.1


def eventually(
    check: Callable[[], _T], what: str | Callable[[], str], timeout_s: float = 60.0
) -> _T:
    """Repeat a check until its answer is true; return that answer.

    Args:
        check: Looks once.
        what: What is waited for, or how to say it.
        timeout_s: For how long.

    Raises:
        TimeoutError: It did not become true.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            text = what if isinstance(what, str) else what()
            raise TimeoutError(f"not within {timeout_s:.0f} s: {text}")
        time.sleep(_PAUSE_S)
