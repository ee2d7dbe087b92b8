"""Ports are taken all the time, and tasks get to listen on theirs.

Two of the three kinds of servers listen beside the socket that holds their port; they
are in the range that the kernel chooses from as well. The third needs the port to
itself, so that somebody may ask for just this number between the start of its program
and its `bind`: its range is one that nobody asks for, as is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.port_storm import (
    CPYTHON,
    GANG,
    GRPC,
    PLAIN,
    Server,
    Storm,
    Until,
    ephemeral_ports,
    thief,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)

FIRST, _ = ephemeral_ports()
CONTESTED = FIRST, FIRST + 2000
QUIET = FIRST - 2000, FIRST - 1000


def test_500_tasks_get_their_ports(tmp_path: Path) -> None:
    contested, quiet = Storm(tmp_path, CONTESTED), Storm(tmp_path, QUIET)
    with thief(CONTESTED, ["any", "connect", "this"]) as got:
        assert contested.collisions(CPYTHON, 200) == 0
        assert contested.collisions(GRPC, 200) == 0
        assert quiet.collisions(PLAIN, 100) == 0
    assert min(got["any"], got["connect"], got["this"]) > 500, "hardly a storm"


@pytest.mark.parametrize("server", [CPYTHON, GRPC, PLAIN])
def test_the_storm_takes_ports_that_are_not_held(
    tmp_path: Path, server: Server
) -> None:
    narrow = FIRST, FIRST + 600
    storm = Storm(tmp_path, narrow, Until.CHOSEN)
    with thief(narrow, ["this"]):
        assert any(storm.collisions(server, GANG) for _ in range(10))
