"""Our own package as files, wherever it is installed or checked out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import xlearning

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE_ROOT = Path(xlearning.__file__).parent

LEFT_OUT = ("cli/", "client/", "cluster/", "local/", "history/")
"""The rooms that no ApplicationMaster and no agent enters."""

_NEVER_NEEDED = (".pyc", ".pyo", ".a", ".so.debug", ".swp")


def node_files() -> list[str]:
    """Return the names of our files that a node needs, relative to the package."""
    return sorted(
        name
        for name in walk(PACKAGE_ROOT)
        if not name.startswith(LEFT_OUT) and not name.endswith(".proto")
    )


def walk(root: Path) -> Iterator[str]:
    """Yield the relative names of the files below `root`, without caches and rests."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__"]
        relative = os.path.relpath(folder, root)
        for name in files:
            if not name.endswith(_NEVER_NEEDED):
                yield name if relative == "." else f"{relative}/{name}"
