"""A cluster that runs, for the tests of its shells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.live import Live
from xlearning.local.home import Home, LocalSpec
from xlearning.local.starting import start, stop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A cluster of two nodes in a process of its own."""
    home = Home(tmp_path_factory.mktemp("live"))
    yield Live(home, start(home, LocalSpec(nodes=2, memory_mb=2048, gpus=1)))
    stop(home)
