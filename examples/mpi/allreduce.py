"""Add up numbers of all ranks with MPI: the mean and variance of every pixel.

Each rank reads the files that it finds in `--data_path`, its worker's share, and sums
up its own records; an all-reduce makes that the sums over all records. Ranks beside
each other in a container share its files out.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from array import array
from pathlib import Path

import mpi4py

mpi4py.rc.initialize = False  # `main` does, when it has set a limit to the wait

from mpi4py import MPI  # noqa: E402

PIXELS = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--timeout", type=int, default=120, help="for all, in seconds")
    return parser.parse_args()


def own_records(folder: str) -> list[list[float]]:
    """Return the records of this rank's files: of all in its container, every n-th."""
    first = int(os.environ.get("OMPI_COMM_WORLD_LOCAL_RANK", "0"))
    step = int(os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE", "1"))
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    return [list(map(float, line.split(",")[:PIXELS])) for line in lines[first::step]]


def sums(records: list[list[float]]) -> array[float]:
    """Return the number of records, and per pixel the sums of values and squares."""
    columns = list(zip(*records, strict=True)) or [()] * PIXELS
    firsts = [sum(column) for column in columns]
    seconds = [sum(value * value for value in column) for column in columns]
    return array("d", [len(records), *firsts, *seconds])


def main() -> None:
    args = arguments()
    signal.alarm(args.timeout)  # a rank that never comes must not hold up the others
    MPI.Init()
    world = MPI.COMM_WORLD
    records = own_records(args.data_path)
    host = MPI.Get_processor_name()
    print(f"rank {world.rank} of {world.size} on {host}: {len(records)} records")
    own = sums(records)
    every = array("d", bytes(8 * len(own)))
    world.Allreduce(own, every, op=MPI.SUM)
    if world.rank == 0:
        count, first, second = every[0], every[1 : PIXELS + 1], every[PIXELS + 1 :]
        means = [value / count for value in first]
        variances = [
            value / count - mean * mean
            for value, mean in zip(second, means, strict=True)
        ]
        result = {
            "records": int(count),
            "mean": sum(means) / PIXELS,
            "variance": sum(variances) / PIXELS,
            "ranks": world.size,
        }
        print(f"result {json.dumps(result)}", flush=True)
    MPI.Finalize()


if __name__ == "__main__":
    main()
