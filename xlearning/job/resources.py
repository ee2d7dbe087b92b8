"""What a container is made of, and how users write amounts of memory."""

from __future__ import annotations

import re

import msgspec

from xlearning.errors import ConfigError

_MEMORY = re.compile(r"([0-9]+)([mMgG]?)\Z")


class Resources(msgspec.Struct, frozen=True):
    """The size of one container.

    Attributes:
        memory_mb: Memory in MiB.
        vcores: Virtual cores.
        gpus: Devices of the resource type `yarn.io/gpu`.
    """

    memory_mb: int
    vcores: int
    gpus: int = 0

    def __str__(self) -> str:
        """Return e.g. `2048 MiB, 1 core, 1 GPU`."""
        parts = [f"{self.memory_mb} MiB", _count(self.vcores, "core")]
        if self.gpus:
            parts.append(_count(self.gpus, "GPU"))
        return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def parse_memory_mb(text: str) -> int:
    """Read an amount of memory as XLearning writes it, in MiB.

    A plain integer is MiB; `M` and `m` are the same, `G` and `g` are 1024 MiB.

    Raises:
        ConfigError: `text` is something else (decimals, `GB`, `T` are not accepted).
    """
    match = _MEMORY.match(text.strip())
    if match is None:
        raise ConfigError(
            f"`{text}` is not an amount of memory",
            hint="write MiB as an integer, or an integer with M or G: 2048, 512M, 2G",
        )
    return int(match[1]) * (1024 if match[2] in ("g", "G") else 1)
