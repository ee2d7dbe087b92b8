"""Add up an array on the workers of a Dask cluster that runs as roles of the same job.

The scheduler is at `XL_SCHEDULER_ADDRESS`, as the generic application type tells every
task. The driver ends the job; scheduler and workers are services.
"""

from __future__ import annotations

import argparse
import json
import os

import dask.array as da
from dask import delayed
from dask.distributed import Client, get_worker


def chunk_sum(block):
    """Add up one block, and say on whose worker."""
    return get_worker().address, int(block.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="to wait for")
    parser.add_argument("--timeout", type=int, default=60, help="for workers, seconds")
    args = parser.parse_args()
    with Client(os.environ["XL_SCHEDULER_ADDRESS"], timeout=args.timeout) as client:
        client.wait_for_workers(args.workers, timeout=args.timeout)
        numbers = da.arange(4_000_000, chunks=100_000)
        total = int(numbers.sum().compute())
        sums = [delayed(chunk_sum)(block) for block in numbers.to_delayed()]
        blocks = client.gather(client.compute(sums))
        result = {
            "total": total,
            "of_blocks": sum(value for _, value in blocks),
            "workers": len({worker for worker, _ in blocks}),
        }
    print(f"result {json.dumps(result)}", flush=True)


if __name__ == "__main__":
    main()
