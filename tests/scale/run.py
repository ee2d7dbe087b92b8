"""How an ApplicationMaster grows with its agents: a table, and a picture beside it.

    make scale                                  100, 1,000 and 5,000 agents
    make scale ARGS="--agents 100 --profile"    with a profile of the ApplicationMaster

The ApplicationMaster is the real one, a process of its own. The ResourceManager is that
of the one-machine YARN, nodes are simulated, and agents are the product's connection
without a trainer, in a few processes on the same machine: their processor time counts
in all times, as it would not on a cluster. All traffic is on the loopback network.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.report import picture, table, verdicts  # noqa: E402 - after the path
from tests.scale.trial import Measured, Trial  # noqa: E402

OUT = Path(tempfile.gettempdir()) / "xlearning-scale"
LOG_BYTES = 1 << 20
LEAST = 2  # one worker, one parameter server: what a job costs without agents


def _measure(agents: int, out: Path, *, profile: bool) -> Measured:
    file = out / f"am-{agents}.prof" if profile else None
    with tempfile.TemporaryDirectory(prefix="xlearning-scale-") as folder:

        async def run() -> Measured:
            return await Trial(agents, Path(folder), file).run()

        try:
            return asyncio.run(run())
        except BaseException:
            _keep_log(Path(folder) / "stderr", out / f"am-{agents}.log")
            raise


def _keep_log(log: Path, kept: Path) -> None:
    """Save the end of the ApplicationMaster's log."""
    if log.exists():
        kept.write_bytes(log.read_bytes()[-LOG_BYTES:])
        _say(f"the end of the ApplicationMaster's log: {kept}")


def _sizes(text: str) -> tuple[int, ...]:
    """Read numbers of agents; the smallest run comes first."""
    sizes = tuple(sorted({int(word) for word in text.split(",")}))
    if sizes[0] <= LEAST:
        raise argparse.ArgumentTypeError(f"{sizes[0]} is not above {LEAST}")
    return (LEAST, *sizes)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main() -> int:
    """Run all sizes; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--agents", type=_sizes, default="100,1000,5000", help="[%(default)s]"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder [%(default)s]")
    parser.add_argument("--profile", action="store_true", help="profile the AM")
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    runs: list[Measured] = []
    for agents in arguments.agents:
        _say(f"{agents:,} agents")
        runs.append(_measure(agents, out, profile=arguments.profile))
    words = table(runs)
    goals = verdicts(runs)
    words += [f"{'ok  ' if good else 'OVER'}  {text}" for good, text in goals]
    (out / "scale.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (out / "scale.json").write_text(json.dumps([asdict(run) for run in runs], indent=2))
    (out / "scale.svg").write_text(picture(runs), encoding="utf-8")
    sys.stdout.write("\n".join(words) + "\n")
    _say(f"table and picture: {out}")
    return 0 if all(good for good, _ in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
