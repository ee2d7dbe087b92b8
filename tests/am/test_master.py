"""One attempt without a ResourceManager: it waits, and can be ended.

With one, it is what every test on a real Hadoop tries.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from xlearning.am.master import ApplicationMaster
from xlearning.am.surroundings import Surroundings
from xlearning.errors import ConfigError
from xlearning.hadoop.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator


class Said(logging.Handler):
    """Waits until something is logged."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.event = asyncio.Event()
        self._words = words

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.event.set()


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The ApplicationMaster's log; what listens to it is taken away again."""
    logger = logging.getLogger("xlearning.am")
    before = list(logger.handlers)
    yield logger
    logger.handlers[:] = before


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        yield port


async def test_an_attempt_waits_for_a_resourcemanager_and_says_so(
    given: Surroundings, nobody: int, log: logging.Logger
) -> None:
    address = {"yarn.resourcemanager.scheduler.address": f"127.0.0.1:{nobody}"}
    alone = Surroundings(**{**vars(given), "hadoop": {**given.hadoop, **address}})
    said = Said("the ResourceManager does not answer")
    log.addHandler(said)
    running = asyncio.ensure_future(ApplicationMaster(alone).run())
    async with asyncio.timeout(20):
        await said.event.wait()
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (given.log_dir / "journal.jsonl").read_bytes() == b""


async def test_an_attempt_without_a_token_ends_at_once(given: Surroundings) -> None:
    bare = Surroundings(**{**vars(given), "credentials": Credentials({}, {})})
    with pytest.raises(ConfigError, match="YARN_AM_RM_TOKEN"):
        await ApplicationMaster(bare).run()
