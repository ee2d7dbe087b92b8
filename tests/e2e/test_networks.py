"""Jobs that name the network that their programs are to use, on a small YARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.local_yarn import LocalYarn
from xlearning.container.interfaces import present_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = ("--am-memory", "512M", "--worker-memory", "128M", "--queue", "default")
RANKS = (*SMALL, "--app-type", "pytorch", "--worker-num", "2")

MEETING = """
import os, socket
place = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
rank = os.environ["RANK"]
told = [os.environ.get(name, "-") for name in ("XL_HOST", "GLOO_SOCKET_IFNAME")]
if rank == "0":
    with socket.create_server(place) as server:
        peer, (address, _) = server.accept()
        peer.close()
    told.append(f"met {address}")
else:
    for attempt in range(1000):
        try:
            socket.create_connection(place, 5, (os.environ["XL_HOST"], 0)).close()
            break
        except ConnectionRefusedError:
            pass
print("rank", rank, *told)
"""


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalYarn]:
    """One YARN for all of these jobs."""
    found = LocalYarn(tmp_path_factory.mktemp("networks"))
    yield found
    found.down()


def with_ipv4() -> list[tuple[str, str]]:
    """Return each interface of this machine with its first IPv4 address."""
    present = present_addresses().items()
    return [
        (name, next(text for text in texts if "." in text))
        for name, texts in present
        if any("." in text for text in texts)
    ]


@pytest.mark.parametrize(("interface", "address"), with_ipv4())
def test_ranks_meet_at_the_address_of_an_interface(
    yarn: LocalYarn, tmp_path: Path, interface: str, address: str
) -> None:
    (tmp_path / "meet.py").write_text(MEETING)
    for wanted in (interface, f"{address}/32"):
        ended = yarn.submit(
            *RANKS,
            *("--conf", f"xlearning.network.interface={wanted}"),
            *("--files", str(tmp_path / "meet.py"), "python3", "meet.py"),
        )
        assert ended.code == 0, ended.text
        assert ended.application_id is not None
        logs = yarn.start("xl", "logs", ended.application_id, "--stdout").wait()
        assert sorted(logs.stdout.splitlines()) == [
            f"[worker 0] rank 0 {address} {interface} met {address}",
            f"[worker 1] rank 1 {address} {interface}",
        ]


def test_a_node_without_the_interface_is_named_with_what_it_has(
    yarn: LocalYarn,
) -> None:
    ended = yarn.submit(*RANKS, "--conf", "xlearning.network.interface=ib7", "true")
    assert ended.code == 2, ended.text
    assert "could not use the network that the job names: " in ended.text
    assert "has no address on an interface `ib7` (xlearning.network.i" in ended.text
    assert "; it has lo 127.0.0.1" in ended.text


def test_programs_are_told_addresses_where_the_job_wants_that(yarn: LocalYarn) -> None:
    numbers = ("--conf", "xlearning.network.address=ip")
    ended = yarn.submit(*RANKS, *numbers, "sh", "-c", "echo $MASTER_ADDR $XL_HOST")
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    logs = yarn.start("xl", "logs", ended.application_id, "--stdout").wait()
    for line in logs.stdout.splitlines():
        master, host = line.split("] ")[-1].split()
        assert master == host
        assert master.replace(".", "").isdecimal(), line
