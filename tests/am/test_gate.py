"""The gate: how many are inside, and who passes without a place."""

from __future__ import annotations

import asyncio

import pytest

from xlearning.am.gate import Gate

LONG_S, SHORT_S = 60.0, 0.01


async def test_no_more_are_inside_than_it_is_wide() -> None:
    gate, inside, most = Gate(2, LONG_S), 0, 0

    async def pass_through() -> None:
        nonlocal inside, most
        async with gate.passing():
            inside += 1
            most = max(most, inside)
            for _ in range(3):
                await asyncio.sleep(0)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(7):
            group.create_task(pass_through())
    assert (inside, most) == (0, 2)


async def test_who_has_waited_for_long_passes_and_frees_no_place() -> None:
    gate = Gate(1, SHORT_S)
    async with gate.passing():
        async with gate.passing():
            pass
        async with gate.passing():  # had the one before freed a place, this were two
            pass
    async with gate.passing():
        pass


async def test_a_failure_inside_frees_the_place() -> None:
    gate = Gate(1, LONG_S)
    with pytest.raises(ConnectionError):
        async with gate.passing():
            raise ConnectionError
    async with asyncio.timeout(5.0), gate.passing():
        pass
