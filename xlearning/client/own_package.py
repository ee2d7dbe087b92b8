"""Our own package as files, wherever it is installed or checked out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import xlearning

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE_ROOT = Path(xlearning.__file__).parent

_NEVER_NEEDED = (".pyc", ".pyo", ".a", ".so.debug", ".swp")


def walk(root: Path) -> Iterator[str]:
    """Yield the relative names of the files below `root`, without caches and rests."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__"]
        relative = os.path.relpath(folder, root)
        for name in files:
            if not name.endswith(_NEVER_NEEDED):
                yield name if relative == "." else f"{relative}/{name}"
