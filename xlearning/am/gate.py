"""Lets a few through at a time, and nobody wait for ever."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Gate:
    """A gate of some width.

    Whoever has waited for long passes all the same: those inside may be stuck.
    """

    def __init__(self, width: int, patience_s: float) -> None:
        """Let `width` be inside at a time; nobody waits longer than `patience_s`."""
        self._places = asyncio.Semaphore(width)
        self._patience_s = patience_s

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Be inside for the length of a block."""
        has_place = await self._enter()
        try:
            yield
        finally:
            if has_place:
                self._places.release()

    async def _enter(self) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._places.acquire()
        except TimeoutError:
            return False
