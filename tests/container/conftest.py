"""A server that listens and a container whose agent is attached."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.container.stand_in import Master, make_container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.container.stand_in import Container


@pytest.fixture
async def master() -> AsyncIterator[Master]:
    """A server that listens."""
    master = Master()
    async with AsyncExitStack() as stack:
        await master.start()
        stack.push_async_callback(master.stop)
        yield master


@pytest.fixture
async def container(tmp_path: Path, master: Master) -> AsyncIterator[Container]:
    """A container whose agent is started and attached."""
    container = make_container(tmp_path, master)
    try:
        container.start()
        await master.until(lambda: bool(master.hellos))
        yield container
    finally:
        container.end()
