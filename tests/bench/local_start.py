"""Speed of the first line on the one-machine YARN, beside the floor; medians.

    make bench-local
    make bench-local ARGS="--runs 3"

Cold: nothing serves yet, and `xl-submit --master local` starts it; the floor starts the
same server and submits the least ApplicationMaster to it. Warm: it serves already.
Times begin when the command is started and end with the program's first line. One run
before warms caches up, the runtime's among them; a cold run has a home of its own.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.floor.submit import Floor, FloorJob  # noqa: E402 - after the path
from tests.bench.ours import Ours  # noqa: E402
from tests.bench.report import Row, lines  # noqa: E402
from xlearning.local.home import HOME_VARIABLE, Home  # noqa: E402
from xlearning.local.site import HOST  # noqa: E402
from xlearning.local.starting import (  # noqa: E402
    machine_spec,
    running,
    start,
    stop,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.local.home import ServerFile

COLD_S, WARM_S = 3.0, 1.5
STAMP = ROOT / "tests" / "bench" / "stamp.sh"
LIMIT_S = 60.0


class LocalBench:
    """Measures in homes below one folder."""

    def __init__(self, folder: Path, runs: int) -> None:
        """Measure each `runs` times."""
        self._folder = folder
        self._runs = runs
        self._numbers = iter(range(10**6))

    def rows(self) -> Iterator[Row]:
        """Measure all, row by row; the first run of each warms up."""
        cold = [(self._cold_floor(), self._cold()) for _ in range(self._runs + 1)][1:]
        yield _row("xl-submit, cold -> first line", cold, COLD_S)
        with self._home() as home:
            server = start(home, machine_spec())
            warm = [
                (self._floor(server, time.time()), self._ours(home))
                for _ in range(self._runs + 1)
            ][1:]
        yield _row("xl-submit, warm -> first line", warm, WARM_S)

    def _cold(self) -> float:
        with self._home() as home:
            return self._ours(home)

    def _cold_floor(self) -> float:
        with self._home() as home:
            began = time.time()
            return self._floor(start(home, machine_spec()), began)

    def _ours(self, home: Home) -> float:
        """Submit a job and wait for its end; return when its first line came."""
        stamp = self._stamp()
        submitted = Ours(home.conf_dir, self._folder).submit(
            f"sh {STAMP} {stamp}", "--master", "local"
        )
        server = running(home)
        assert server is not None, "the server has ended"
        _floor_of(server).wait(submitted.application_id)
        return _first_line(stamp) - submitted.began

    def _floor(self, server: ServerFile, began: float) -> float:
        stamp, floor = self._stamp(), _floor_of(server)
        command = f"exec sh {STAMP} {stamp} 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
        floor.wait(floor.submit(FloorJob(command)))
        return _first_line(stamp) - began

    def _stamp(self) -> Path:
        return self._folder / f"stamp-{next(self._numbers)}"

    @contextmanager
    def _home(self) -> Iterator[Home]:
        """Give a home that nothing was in, and leave no server in it."""
        home = Home(self._folder / f"home-{next(self._numbers)}")
        os.environ[HOME_VARIABLE] = str(home.path)
        try:
            yield home
        finally:
            stop(home)


def _floor_of(server: ServerFile) -> Floor:
    ports = server.ports
    scheduler = f"{HOST}:{ports['scheduler']}"
    return Floor(f"http://{HOST}:{ports['web']}", scheduler, getpass.getuser())


def _first_line(stamp: Path) -> float:
    """Return when a program wrote its first line, seconds since the epoch."""
    deadline = time.monotonic() + LIMIT_S
    while not stamp.exists() or not stamp.read_text().endswith("\n"):
        if time.monotonic() > deadline:
            raise TimeoutError("the program did not start")
        time.sleep(0.01)
    return float(stamp.read_text())


def _row(name: str, pairs: list[tuple[float, float]], limit: float) -> Row:
    floor, ours = zip(*pairs, strict=True)
    return Row(name, list(ours), "s", limit, tuple(floor))


def main() -> int:
    """Run the bench, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each [5]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xlearning-bench-local-") as folder:
        rows = list(LocalBench(Path(folder), arguments.runs).rows())
    print("\n".join(lines(rows)))
    return int(any(row.verdict.startswith("OVER") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
