"""The Pythons that the rows need, made where they are missing."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.run_frameworks.row import NotRun

ROOT = Path(__file__).resolve().parents[2]


@cache
def bin_folder(framework: str) -> str:
    """Return the folder of a Python with the framework; it is made if need be.

    Raises:
        NotRun: It cannot be had here.
    """
    made = subprocess.Popen(
        ["scripts/ensure-framework", framework],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with made:
        assert made.stderr is not None
        assert made.stdout is not None
        told = [_shown(line) for line in made.stderr]
        folder = made.stdout.read().strip()
    if made.returncode != 0:
        errors = [line for line in told if line.lower().startswith(("error", "e:"))]
        raise NotRun((errors or told or [f"no Python with {framework}"])[-1])
    return folder


def _shown(line: str) -> str:
    """Show what is said while it is made, which may take minutes."""
    print(f"    {line.rstrip()}", file=sys.stderr, flush=True)
    return line.strip()
