"""What the agent holds for its trainer: ports and devices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.container.events import GpusHeld, Need, NeedUnmet, PortHeld
from xlearning.container.gpus import Devices, GpuLocks, lock_gpus
from xlearning.container.ports import HeldPort, hold_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.container.place import Place


@dataclass(slots=True)
class Holdings:
    """A container's ports and devices; nothing is taken after `let_go`."""

    place: Place
    devices: Devices
    _ports: list[HeldPort] = field(default_factory=list)
    _gpus: GpuLocks | None = None
    _locking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed: bool = False

    def take_ports(
        self, count: int, within: tuple[int, int], named: Callable[[str], str] = str
    ) -> PortHeld | NeedUnmet:
        """Hold ports, if so many are free now.

        Args:
            count: How many.
            within: First port of the range, and one past the last.
            named: Says how others are to call this node, whose name it takes.
        """
        host, (first, end) = self.place.host, within
        try:
            name = named(host)
        except OSError as error:
            return NeedUnmet(Need.PORT, f"the address of {host}: {error.strerror}")
        while len(self._ports) < count:
            port = hold_port(host, first, end)
            if port is None:
                detail = f"all from {first} to {end - 1} are taken"
                return NeedUnmet(Need.PORT, f"a free port on {host}: {detail}")
            self._ports.append(port)
        numbers = ",".join(str(port.number) for port in self._ports)
        return PortHeld(f"{name}:{numbers}")

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

    def let_ports_go(self) -> None:
        """Let the trainer, or whoever is faster, have the ports."""
        while self._ports:
            self._ports.pop().close()

    def let_go(self) -> None:
        """Let others have the ports and the devices."""
        self._closed = True
        self.let_ports_go()
        if self._gpus is not None:
            self._gpus.close()
