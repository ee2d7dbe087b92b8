"""Tells whether the binaries of a Python environment are for this node.

An interpreter is an ELF file, which names its machine and its dynamic loader. Where an
environment has no interpreter of its own, its packages tell: extension modules have
their platform in their names (`sysconfig`'s EXT_SUFFIX), and another's are not even
seen by `import`.
"""

from __future__ import annotations

import os
import platform
import re
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""ELF's e_machine to what the kernel calls it."""
_MACHINES |= {21: "ppc64le", 22: "s390x", 258: "loongarch64"}
_PROGRAM_INTERPRETER = 3
_EXTENSION = re.compile(
    r"\.cpython-\d+[a-z]*-(?P<machine>\w+)-linux-(?P<libc>\w+)\.so\Z"
)
_HINT = "pack the environment on a machine like the nodes"


def check_binary(program: Path, link: str) -> None:
    """Refuse a program for another architecture or C library.

    Raises:
        ConfigError: It is.
    """
    data = start_of(program)
    if data[:4] != b"\x7fELF":
        return  # a launcher
    machine = int.from_bytes(data[18:20], "little" if data[5] == 1 else "big")
    name = _MACHINES.get(machine, f"machine {machine}")
    if name != platform.machine():
        raise ConfigError(
            f"the Python of `{link}` is for {name}, this node is {platform.machine()}",
            hint=_HINT,
        )
    loader = _loader(data)
    if loader and not os.path.exists(loader):
        raise ConfigError(
            f"the Python of `{link}` needs `{loader}`, which this node has not: it is "
            "for another C library",
            hint=_HINT,
        )


def check_packages(folder: Path, link: str) -> None:
    """Refuse packages for another architecture or C library than this Python's.

    One extension module tells: an installer takes all for one platform.

    Args:
        folder: `site-packages`; it need not exist.
        link: The environment, for messages.

    Raises:
        ConfigError: They are.
    """
    for parent, _, files in os.walk(folder):
        for match in filter(None, map(_EXTENSION.search, files)):
            found = f"{match['machine']}-linux-{match['libc']}"
            own = f"{platform.machine()}-linux-gnu"
            # 32-bit ARM has gnueabihf.
            if found == own or found.startswith("arm"):
                return
            raise ConfigError(
                f"the packages of `{link}` are for {found}, this node is {own}: "
                f"`{os.path.relpath(parent, folder)}/{match.string}`",
                hint=_HINT,
            )


def start_of(path: Path) -> bytes:
    """Return the first bytes of a file: a header, or a script's first line."""
    with path.open("rb") as file:
        return file.read(4096)


def _loader(data: bytes) -> str:
    """Read the dynamic loader out of a 64-bit little-endian ELF file, "" if none."""
    if data[4] != 2 or data[5] != 1:
        return ""
    offset = int.from_bytes(data[32:40], "little")
    size, count = data[54] | data[55] << 8, data[56] | data[57] << 8
    for start in range(offset, offset + size * count, size):
        if int.from_bytes(data[start : start + 4], "little") == _PROGRAM_INTERPRETER:
            where = int.from_bytes(data[start + 8 : start + 16], "little")
            return data[where : data.find(b"\0", where)].decode(errors="replace")
    return ""
