"""What the agent holds for its trainer: a port and devices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.container.events import GpusHeld, Need, NeedUnmet, PortHeld
from xlearning.container.gpus import Devices, GpuLocks, lock_gpus
from xlearning.container.ports import HeldPort, hold_port

if TYPE_CHECKING:
    from xlearning.container.place import Place


@dataclass(slots=True)
class Holdings:
    """A container's port and devices; nothing is taken after `let_go`."""

    place: Place
    devices: Devices
    _port: HeldPort | None = None
    _gpus: GpuLocks | None = None
    _locking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed: bool = False

    def take_port(self, first: int, end: int) -> PortHeld | NeedUnmet:
        """Hold a port of `first` … `end` - 1, if one is free now."""
        host = self.place.host
        port = hold_port(host, first, end)
        if port is None:
            detail = f"a free port on {host}: all from {first} to {end - 1} are taken"
            return NeedUnmet(Need.PORT, detail)
        self._port = port
        return PortHeld(f"{host}:{port.number}")

    async def take_gpus(self, count: int) -> GpusHeld | NeedUnmet | None:
        """Lock devices, if so many are free now.

        Returns:
            None when another call is at it, or when nothing is to be held any more.
        """
        if self._locking.locked() or self._gpus is not None:
            return None
        async with self._locking:
            node = self.place.node
            locked = await asyncio.to_thread(lock_gpus, self.devices, node, count)
        if isinstance(locked, str):
            return NeedUnmet(Need.GPUS, locked)
        if self._closed:
            locked.close()
            return None
        self._gpus = locked
        return GpusHeld(locked.names)

    def descriptors(self) -> tuple[int, ...]:
        """Return what the trainer has to inherit so that its locks outlive us."""
        return () if self._gpus is None else self._gpus.descriptors()

    def let_go(self) -> None:
        """Let others have the port and the devices."""
        self._closed = True
        if self._port is not None:
            self._port.close()
        if self._gpus is not None:
            self._gpus.close()
