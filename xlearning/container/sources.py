"""Puts the program's sources into the working directory.

YARN unpacks an archive once for a node and links it into every container. Programs may
write beside their sources, so that each container gets a copy; what is there already, a
file of `--files` say, stays.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def copy_sources(source: Path, folder: Path) -> int:
    """Copy all files below a folder into another; return how many.

    Raises:
        OSError: A file cannot be read or written.
    """
    count = 0
    for place, _, names in os.walk(source, followlinks=True):
        target = folder / os.path.relpath(place, source)
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not os.path.lexists(target / name):
                shutil.copy(Path(place, name), target / name)
                count += 1
    return count
