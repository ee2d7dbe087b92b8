"""What the agent holds for its trainer: ports and devices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.container.events import (
    GpusHeld,
    Need,
    NeedUnmet,
    PortHeld,
    PreparationFailed,
)
from xlearning.container.gpus import Devices, GpuLocks, lock_gpus
from xlearning.container.interfaces import Naming, find_home
from xlearning.container.ports import HeldPort, hold_port
from xlearning.errors import ConfigError
from xlearning.job.causes import CauseKind

if TYPE_CHECKING:
    from xlearning.container.place import Place

AS_NAMED = Naming()


@dataclass(slots=True)
class Holdings:
    """A container's ports and devices; nothing is taken after `let_go`.

    Attributes:
        place: The container.
        devices: The GPUs of this node.
        interface: The interface that the job wants its tasks to talk over, as this
            node calls it, "" where it names none.
    """

    place: Place
    devices: Devices
    interface: str = ""
    _ports: list[HeldPort] = field(default_factory=list)
    _gpus: GpuLocks | None = None
    _locking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed: bool = False

    def take_ports(
        self, count: int, within: tuple[int, int], naming: Naming = AS_NAMED
    ) -> PortHeld | NeedUnmet | PreparationFailed:
        """Hold ports, if so many are free now, and find where others reach them.

        Args:
            count: How many; without any, only the interface is found.
            within: First port of the range, and one past the last.
            naming: How others are to call this node.
        """
        host, (first, end) = self.place.host, within
        try:
            home = find_home(host, naming)
        except ConfigError as error:
            return PreparationFailed(CauseKind.NETWORK, error.message)
        except OSError as error:
            return NeedUnmet(Need.PORT, f"the address of {host}: {error.strerror}")
        self.interface = home.interface
        while len(self._ports) < count:
            port = hold_port(first, end)
            if port is None:
                detail = f"all from {first} to {end - 1} are taken"
                return NeedUnmet(Need.PORT, f"a free port on {host}: {detail}")
            self._ports.append(port)
        numbers = ",".join(str(port.number) for port in self._ports)
        return PortHeld(home.endpoint(numbers) if count else "")

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

    def share_ports(self) -> None:
        """Let the trainer's server listen beside us, if it sets SO_REUSEADDR."""
        for port in self._ports:
            port.share()

    def port_descriptors(self) -> tuple[int, ...]:
        """Return what holds the ports."""
        return tuple(port.fileno() for port in self._ports)

    def let_ports_go(self) -> None:
        """Let the trainer, or whoever is faster, have the ports."""
        for port in self._ports:
            port.close()

    def lost_ports(self) -> tuple[int, ...]:
        """Return the ports that others have, now that the trainer has ended."""
        return tuple(port.number for port in self._ports if port.is_lost())

    def let_go(self) -> None:
        """Let others have the ports and the devices."""
        self._closed = True
        self.let_ports_go()
        if self._gpus is not None:
            self._gpus.close()
