"""Add up numbers of all processes with JAX: the mean and variance of every pixel.

Each process reads the files that it finds in `--data_path` and sums up its own records;
`jax.lax.psum` over all devices of all processes makes that the sums over all records.
"""

from __future__ import annotations

import argparse
import json
import os
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

PIXELS = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--timeout", type=int, default=120, help="for others, seconds")
    return parser.parse_args()


def load(folder: str) -> np.ndarray:
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    return table[:, :PIXELS]


def summed(own: np.ndarray) -> np.ndarray:
    """Return the sum of a vector of every process."""
    mesh = jax.make_mesh((jax.device_count(),), ("all",))
    sharding = NamedSharding(mesh, PartitionSpec("all"))
    # One row for each device; only the first of a process carries its numbers.
    rows = np.zeros((jax.local_device_count(), own.size))
    rows[0] = own
    shape = (jax.device_count(), own.size)
    every = jax.make_array_from_process_local_data(sharding, rows, shape)

    @jax.jit
    @partial(
        jax.shard_map,
        mesh=mesh,
        in_specs=PartitionSpec("all"),
        out_specs=PartitionSpec(),
    )
    def add(row):
        return jax.lax.psum(row[0], "all")

    return np.asarray(add(every))


def main() -> None:
    args = arguments()
    jax.config.update("jax_enable_x64", True)
    jax.distributed.initialize(
        os.environ["JAX_COORDINATOR_ADDRESS"],
        int(os.environ["JAX_NUM_PROCESSES"]),
        int(os.environ["JAX_PROCESS_ID"]),
        initialization_timeout=args.timeout,
    )
    pixels = load(args.data_path)
    number = jax.process_index()
    print(f"process {number} of {jax.process_count()}: {len(pixels)} records")
    sums = summed(np.concatenate([[len(pixels)], pixels.sum(0), (pixels**2).sum(0)]))
    count, first, second = sums[0], sums[1 : PIXELS + 1], sums[PIXELS + 1 :]
    variance = second / count - (first / count) ** 2
    if number == 0:
        result = {
            "records": int(count),
            "mean": float(jnp.mean(first / count)),
            "variance": float(jnp.mean(variance)),
            "processes": jax.process_count(),
        }
        print(f"result {json.dumps(result)}", flush=True)
    jax.distributed.shutdown()


if __name__ == "__main__":
    main()
