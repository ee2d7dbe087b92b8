"""Locks GPU devices of this node for the trainer.

YARN grants a number of devices; unless the NodeManager isolates them, nobody says
which. A device is locked by an abstract Unix socket named after its UUID: bound by the
agent, its descriptor inherited by the trainer, it lives exactly as long as the process
tree, needs no file and works across users. Where the NodeManager isolates, only the
container's own devices can be opened, and all of them are free.

Where NVML finds no device (no driver, or a cluster that only counts), the count alone
is tracked: indexes per node instead of UUIDs.
"""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

COUNTED_SLOTS = 128
"""How many devices a node may have where they are only counted."""


class Devices(Protocol):
    """The devices of this node."""

    def uuids(self) -> tuple[str, ...]:
        """Return the devices that this container may open, in PCI bus order."""


class NvmlDevices:
    """The devices as NVIDIA's management library sees them."""

    def uuids(self) -> tuple[str, ...]:
        """Return the devices that may be opened, nothing without a driver."""
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            logger.debug("no NVML: %s", error)
            return ()
        try:
            indexes = range(pynvml.nvmlDeviceGetCount())
            found = [self._uuid(index) for index in indexes]
        finally:
            pynvml.nvmlShutdown()
        return tuple(uuid for uuid in found if uuid)

    def _uuid(self, index: int) -> str:
        import pynvml

        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            return str(pynvml.nvmlDeviceGetUUID(handle))
        except pynvml.NVMLError as error:  # e.g. a device that a cgroup hides
            logger.debug("device %d is not ours: %s", index, error)
            return ""


class GpuLocks:
    """Devices that are locked, until `close` and until the trainer ends.

    Attributes:
        names: UUIDs, or indexes where devices are only counted.
    """

    def __init__(self, locks: dict[str, socket.socket]) -> None:
        """Own the sockets, by the device's name."""
        self._locks = locks
        self.names = tuple(locks)

    def descriptors(self) -> tuple[int, ...]:
        """Return what the trainer has to inherit."""
        return tuple(lock.fileno() for lock in self._locks.values())

    def close(self) -> None:
        """Let others have the devices, once the trainer has ended too."""
        for lock in self._locks.values():
            lock.close()


def lock_gpus(devices: Devices, node: str, count: int) -> GpuLocks | str:
    """Lock devices, if so many are free now.

    Args:
        devices: The devices of this node.
        node: The NodeManager, of which a machine may have several.
        count: How many YARN granted.

    Returns:
        The locks, or what is waited for.
    """
    uuids = devices.uuids()
    if uuids:
        names = {uuid: f"gpu/{uuid}" for uuid in uuids}
    else:
        names = {str(slot): f"gpu/{node}/{slot}" for slot in range(COUNTED_SLOTS)}
    locks = _lock(names.items(), count)
    if len(locks) == count:
        return GpuLocks(locks)
    for lock in locks.values():
        lock.close()
    return (
        f"{count} free GPUs: YARN granted them, but of {len(uuids)} on this node"
        f" {len(locks)} are free"
    )


def _lock(names: Iterable[tuple[str, str]], count: int) -> dict[str, socket.socket]:
    locks: dict[str, socket.socket] = {}
    for device, name in names:
        if len(locks) == count:
            break
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            lock.bind(f"\0xlearning/{name}")
        except OSError as error:
            lock.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            locks[device] = lock
    return locks
