"""Devices are locked between processes, and for as long as a trainer lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests import stand_in_nvml
from xlearning.container.gpus import (
    COUNTED_SLOTS,
    GpuLocks,
    NvmlDevices,
    lock_gpus,
)

if TYPE_CHECKING:
    from pathlib import Path

NODE = f"n1:{os.getpid()}"


@dataclass(frozen=True)
class Node:
    """A node with these devices."""

    names: tuple[str, ...] = ()

    def uuids(self) -> tuple[str, ...]:
        """Return them."""
        return self.names


TWO = Node((f"GPU-a{os.getpid()}", f"GPU-b{os.getpid()}"))


def locked(node: Node, count: int, name: str = NODE) -> GpuLocks:
    """Lock devices that are known to be free."""
    locks = lock_gpus(node, name, count)
    assert isinstance(locks, GpuLocks)
    return locks


def test_devices_are_taken_in_bus_order_and_only_once() -> None:
    first, second = locked(TWO, 1), locked(TWO, 1)
    assert (*first.names, *second.names) == TWO.names
    waits = lock_gpus(TWO, NODE, 1)
    assert waits == ("1 free GPUs: YARN granted them, but of 2 on this node 0 are free")
    second.close()
    third = locked(TWO, 1)
    assert third.names == second.names
    first.close()
    third.close()


def test_what_is_not_enough_is_given_back() -> None:
    one = locked(TWO, 1)
    assert isinstance(lock_gpus(TWO, NODE, 2), str)
    other = locked(TWO, 1)
    one.close()
    other.close()


def test_where_there_is_no_device_the_count_is_tracked_for_each_node() -> None:
    first, second = locked(Node(), 2), locked(Node(), 1)
    elsewhere = locked(Node(), 1, f"n2:{os.getpid()}")
    assert (first.names, second.names) == (("0", "1"), ("2",))
    assert elsewhere.names == ("0",)
    for locks in (first, second, elsewhere):
        locks.close()


def test_more_than_a_node_can_have_is_waited_for() -> None:
    assert isinstance(lock_gpus(Node(), NODE, COUNTED_SLOTS + 1), str)


def test_a_device_is_free_when_the_program_that_inherited_it_has_ended() -> None:
    locks = locked(TWO, 2)
    program = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    trainer = subprocess.Popen(
        program, stdin=subprocess.PIPE, pass_fds=locks.descriptors()
    )
    locks.close()  # as the kernel does when the agent dies
    assert isinstance(lock_gpus(TWO, NODE, 1), str)
    trainer.communicate()
    locked(TWO, 2).close()


def test_another_process_does_not_get_a_locked_device() -> None:
    locks = locked(TWO, 1)
    program = (
        "import sys; from xlearning.container.gpus import lock_gpus\n"
        "class Node:\n    def uuids(self): return tuple(sys.argv[1:])\n"
        "print(lock_gpus(Node(), 'n9', 1).names[0])"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, *TWO.names],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == TWO.names[1]
    locks.close()


def test_nvml_tells_the_devices_that_may_be_opened(tmp_path: Path) -> None:
    program = (
        "from xlearning.container.gpus import NvmlDevices; print(NvmlDevices().uuids())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LD_LIBRARY_PATH": str(stand_in_nvml.build(tmp_path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "('GPU-0', 'GPU-2')\n"


def test_a_node_without_a_driver_has_no_device() -> None:
    if os.path.exists("/dev/nvidiactl"):
        pytest.skip("this machine has one")
    assert NvmlDevices().uuids() == ()
