"""How the runtime's files lie in the archive: as few of them as can be.

A NodeManager without Hadoop's native library starts one `chmod` for every file that it
unpacks (`FSDownload`, `RawLocalFileSystem`), some 4 ms each. So the standard library's
modules are one zip file, which Python looks for by itself, and packages of nothing but
modules are another; the other packages' modules lie there as byte code only. Our own
package keeps its sources: its lines are worth having in a trace.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from xlearning.client import runtime_content as content
from xlearning.client.runtime_bytecode import byte_code
from xlearning.client.runtime_content import PACKAGES_ZIP, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xlearning.client.runtime_content import Package

STDLIB_ZIP = (
    f"{sys.platlibdir}/python{sys.version_info.major}{sys.version_info.minor}.zip"
)
"""Python's own place for it, first in `sys.path`."""

_OLDEST = (1980, 1, 1, 0, 0, 0)


def base() -> list[Entry]:
    """Return everything but our own package, as it lies in the archive."""
    start = content.start_entries()
    library = content.standard_library()
    found = content.packages()
    every = [*start, *library, *(entry for each in found for entry in each.entries)]
    entries = [
        *start,
        *content.native_libraries(every),
        *standard_library(library, content.STDLIB),
        *packages(found, content.SITE_PACKAGES),
    ]
    return sorted({entry.name: entry for entry in entries}.values())


def own() -> list[Entry]:
    """Return our own package, as it lies in the archive."""
    return list(own_package(content.own_entries()))


def standard_library(entries: Iterable[Entry], root: str) -> list[Entry]:
    """Lay the standard library out.

    Args:
        entries: Its files.
        root: Its folder in the archive, where `os.py` stays: it marks Python's home.
    """
    modules: list[tuple[str, bytes]] = []
    others: list[Entry] = []
    for entry in entries:
        code = byte_code(entry) if entry.name.endswith(".py") else None
        if code is not None:
            modules.append((entry.name.removeprefix(f"{root}/") + "c", code))
        if code is None or entry.name == f"{root}/os.py":
            others.append(entry)
    return [*others, Entry(STDLIB_ZIP, data=zip_of(modules))]


def packages(found: Iterable[Package], root: str) -> list[Entry]:
    """Lay installed packages out.

    Args:
        found: The packages.
        root: Site-packages' folder in the archive.
    """
    zipped: list[tuple[str, bytes]] = []
    entries: list[Entry] = []
    for package in found:
        for entry in package.entries:
            laid = _without_source(entry)
            name = laid.name.removeprefix(f"{root}/")
            if package.is_pure or ".dist-info/" in name:
                zipped.append((name, laid.content()))
            else:
                entries.append(laid)
    return [*entries, Entry(PACKAGES_ZIP, data=zip_of(zipped))]


def own_package(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield our own files, each source followed by its byte code."""
    for entry in entries:
        yield entry
        code = byte_code(entry) if entry.name.endswith(".py") else None
        if code is not None:
            name = PurePosixPath(entry.name)
            cache = f"__pycache__/{name.stem}.{sys.implementation.cache_tag}.pyc"
            yield Entry(str(name.parent / cache), data=code)


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip file, not compressed: the archive around it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), data)
    return out.getvalue()


def _without_source(entry: Entry) -> Entry:
    code = byte_code(entry) if entry.name.endswith(".py") else None
    return entry if code is None else Entry(f"{entry.name}c", data=code)
