"""What the tests of formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.peers.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """Hadoop's own formats."""
    with Peer() as running:
        yield running
