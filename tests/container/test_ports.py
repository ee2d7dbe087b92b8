"""A port is kept from those who would take it and open to those who mean it."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.container.ports import HeldPort, hold_port

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
EVERYWHERE = ((socket.AF_INET, HOST), (socket.AF_INET, ""), (socket.AF_INET6, "::"))


@pytest.fixture
def held() -> Iterator[HeldPort]:
    """A port that is held."""
    held = hold_port(21000, 21100)
    assert held is not None
    yield held
    held.close()


def server(
    port: int, *, reuse: bool, where: tuple[int, str] = EVERYWHERE[0]
) -> socket.socket:
    """Listen as a trainer's server does."""
    family, address = where
    listener = socket.socket(family)
    if reuse:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def test_a_held_port_is_in_the_range(held: HeldPort) -> None:
    assert 21000 <= held.number < 21100


@pytest.mark.parametrize("where", EVERYWHERE)
@pytest.mark.parametrize("reuse", [True, False])
def test_nobody_gets_it_before_it_is_shared(
    held: HeldPort, where: tuple[int, str], reuse: bool
) -> None:
    with pytest.raises(OSError, match="in use"):
        server(held.number, reuse=reuse, where=where)


@pytest.mark.parametrize("where", EVERYWHERE)
def test_then_a_server_that_sets_reuseaddr_listens(
    held: HeldPort, where: tuple[int, str]
) -> None:
    held.share()
    with server(held.number, reuse=True, where=where):
        with socket.create_connection((HOST, held.number), timeout=5):
            pass
        with pytest.raises(OSError, match="in use"):
            server(held.number, reuse=True)


def test_one_that_does_not_is_refused_until_the_port_is_let_go(held: HeldPort) -> None:
    held.share()
    with pytest.raises(OSError, match="in use"):
        server(held.number, reuse=False)
    held.close()
    server(held.number, reuse=False).close()


def test_another_agent_does_not_get_the_same_port(held: HeldPort) -> None:
    program = (
        "from xlearning.container.ports import hold_port;"
        f"print(hold_port({held.number}, {held.number + 1}))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout == "None\n"


@pytest.mark.parametrize("where", [(socket.AF_INET, HOST), (socket.AF_INET6, "::1")])
def test_a_port_that_somebody_listens_on_is_not_taken(where: tuple[int, str]) -> None:
    with server(0, reuse=True, where=where) as listener:
        port = listener.getsockname()[1]
        assert hold_port(port, port + 1) is None


def test_a_port_is_lost_when_somebody_else_listens_beside_us(held: HeldPort) -> None:
    assert not held.is_lost()
    held.share()
    with server(held.number, reuse=True):
        assert held.is_lost()
    assert not held.is_lost()


def test_a_port_that_was_let_go_is_lost_when_somebody_only_binds_it(
    held: HeldPort,
) -> None:
    held.close()
    assert not held.is_lost()
    with socket.socket() as thief:
        thief.bind((HOST, held.number))
        assert held.is_lost()


def test_a_connection_that_lingers_is_nobody(held: HeldPort) -> None:
    held.close()
    with server(held.number, reuse=True) as listener:
        client = socket.create_connection((HOST, held.number), timeout=5)
        accepted, _ = listener.accept()
        accepted.close()  # first, so that its side is the one that lingers
        client.close()
    assert not held.is_lost()
