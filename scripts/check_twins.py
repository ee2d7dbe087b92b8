"""Check that every module has its test file, and every such test file its module.

`xlearning/am/driver.py` has `tests/am/test_driver.py`. Packages' `__init__` (their
design page), `__main__` (only builds and starts) and generated code have none. Folders
of `tests` that are no room of `xlearning` (`e2e`, `contract`, `bench` …) are free.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE, TESTS = ROOT / "xlearning", ROOT / "tests"


def needs_test(module: Path) -> bool:
    """Say whether a module must have a test file of its own."""
    generated = module.stem.endswith(("_pb2", "_pb2_grpc"))
    return not generated and not module.stem.startswith("__")


def twin_of(module: Path) -> Path:
    """Return the test file of a module."""
    inside = module.relative_to(CODE)
    return TESTS / inside.parent / f"test_{inside.name}"


def is_free(test: Path) -> bool:
    """Say whether a test file stands in a folder that mirrors no room."""
    return not (CODE / test.relative_to(TESTS).parent).is_dir()


def main() -> int:
    """Print what is missing; return the exit status."""
    modules = [path for path in sorted(CODE.rglob("*.py")) if needs_test(path)]
    twins = {twin_of(module): module for module in modules}
    tests = [path for path in sorted(TESTS.rglob("test_*.py")) if not is_free(path)]
    alone = [module for twin, module in twins.items() if not twin.is_file()]
    strays = [test for test in tests if test not in twins]
    for module in alone:
        twin = twin_of(module).relative_to(ROOT)
        print(f"{module.relative_to(ROOT)}: its test `{twin}` is missing")
    for test in strays:
        print(f"{test.relative_to(ROOT)}: there is no such module in `xlearning`")
    if not alone and not strays:
        print(f"twins: {len(modules)} modules have their tests")
    return 1 if alone or strays else 0


if __name__ == "__main__":
    sys.exit(main())
