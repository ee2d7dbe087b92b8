"""A port is kept from those who would take it and open to those who mean it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from xlearning.container.ports import address_of, hold_port

HOST = "127.0.0.1"


def server(port: int, *, reuse: bool) -> socket.socket:
    """Listen as a trainer's server does."""
    listener = socket.socket()
    if reuse:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def test_a_held_port_is_in_the_range() -> None:
    held = hold_port(HOST, 21000, 21100)
    assert held is not None
    assert 21000 <= held.number < 21100
    held.close()


def test_a_server_that_sets_reuseaddr_listens_on_a_held_port() -> None:
    held = hold_port(HOST, 21000, 21100)
    assert held is not None
    with server(held.number, reuse=True) as listener:
        assert listener.getsockname() == (HOST, held.number)
        with socket.create_connection((HOST, held.number), timeout=5):
            pass
    held.close()


def test_one_that_does_not_is_refused_until_the_port_is_let_go() -> None:
    held = hold_port(HOST, 21000, 21100)
    assert held is not None
    with pytest.raises(OSError, match="in use"):
        server(held.number, reuse=False)
    held.close()
    server(held.number, reuse=False).close()


def test_another_agent_does_not_get_the_same_port() -> None:
    held = hold_port(HOST, 21200, 21201)
    assert held is not None
    program = (
        "from xlearning.container.ports import hold_port;"
        f"print(hold_port({HOST!r}, 21200, 21201))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout == "None\n"
    held.close()


def test_a_port_that_somebody_listens_on_is_not_taken() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert hold_port(HOST, port, port + 1) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_name_that_is_not_an_address_of_this_machine_means_all(host: str) -> None:
    held = hold_port(host, 21000, 21100)
    assert held is not None
    with pytest.raises(OSError, match="in use"):
        server(held.number, reuse=False)
    held.close()


def test_the_address_of_a_name_is_a_number() -> None:
    assert address_of("localhost") in {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"not known|resolution"):
        address_of("no-such-host.invalid")
