"""Count tasks on the nodes of a Ray cluster that runs as roles of the same job.

A Ray program needs a Ray node beside it, so the driver's task is the head: it starts
one at the port that it holds. The workers join it (`XL_DRIVER_ADDRESS`), as services.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from tempfile import TemporaryDirectory

import ray


def start_head(own: str) -> None:
    """Start the head of the cluster beside this program, without CPUs for tasks.

    Its files are in a folder of its own, for the reason that `worker.py` gives.
    """
    command = ["ray", "start", "--head", "--num-cpus=0", "--disable-usage-stats"]
    command += [f"--port={os.environ['XL_PORT']}", "--include-dashboard=false"]
    subprocess.run([*command, f"--temp-dir={own}"], check=True)


def wait_for_nodes(wanted: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while sum(node["Alive"] for node in ray.nodes()) < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"fewer than {wanted} nodes came in {timeout_s} s")
        time.sleep(0.2)


@ray.remote(num_cpus=1, scheduling_strategy="SPREAD")
def square(number: int) -> tuple[str, int]:
    """Return where this ran, and a number."""
    time.sleep(0.05)
    return ray.get_runtime_context().get_node_id(), number * number


def run(workers: int, timeout_s: float) -> None:
    ray.init(address=os.environ["XL_DRIVER_ADDRESS"], log_to_driver=False)
    wait_for_nodes(1 + workers, timeout_s)
    done = ray.get([square.remote(number) for number in range(40)])
    result = {
        "tasks": len(done),
        "total": sum(value for _, value in done),
        "nodes": len({node for node, _ in done}),
    }
    print(f"result {json.dumps(result)}", flush=True)
    ray.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="to wait for")
    parser.add_argument("--timeout", type=int, default=90, help="for them, seconds")
    args = parser.parse_args()
    with TemporaryDirectory(
        prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
    ) as own:
        start_head(own)
        run(args.workers, args.timeout)


if __name__ == "__main__":
    main()
