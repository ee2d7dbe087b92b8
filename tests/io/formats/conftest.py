"""What the tests of formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.peers.custom import make_jar
from tests.io.formats.peers.peer import Peer, hadoop_class_path

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """Hadoop's own formats."""
    with Peer() as running:
        yield running


@pytest.fixture(scope="session")
def class_path(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A user's jar and Hadoop's."""
    hadoop = hadoop_class_path()
    return (str(make_jar(tmp_path_factory.mktemp("jar"))), *hadoop)
