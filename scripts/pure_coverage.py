"""Check that the pure modules together are covered to the last branch.

Which modules are pure is said once: in the import contract in `pyproject.toml`. Reads
the `.coverage` of the run before.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "pure modules do no I/O"


def pure_files() -> list[str]:
    """Return the patterns of the files of all pure modules."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["name"] == CONTRACT]
    paths = [module.replace(".", "/") for module in pure["source_modules"]]
    return [f"{path}/*" if (ROOT / path).is_dir() else f"{path}.py" for path in paths]


def main() -> int:
    """Run coverage's report; return its exit status."""
    command = [sys.executable, "-m", "coverage", "report", "--fail-under=100"]
    include = f"--include={','.join(pure_files())}"
    return subprocess.run([*command, "--skip-covered", include], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
