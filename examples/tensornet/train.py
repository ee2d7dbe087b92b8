"""Train a classifier of handwritten digits with TensorFlow on ranks of MPI.

What TensorNet does, with mpi4py: every rank is a worker and keeps a part of the model.
In each step ranks pull all parts, compute the gradient of their own records with
TensorFlow, push it to the ranks that keep the parts, and these add up what comes and
change them. Gradients are sums over records, so the model is that of one process with
all of them, and so are all numbers that are printed, however many ranks there are.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

import mpi4py
import numpy as np

mpi4py.rc.initialize = False  # `main` does, when it has set a limit to the wait

import tensorflow as tf  # noqa: E402
from mpi4py import MPI  # noqa: E402

PIXELS, CLASSES, BRIGHTEST = 64, 10, 16.0
SIZE = (PIXELS + 1) * CLASSES


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--learning_rate", type=float, default=0.5)
    parser.add_argument("--timeout", type=int, default=120, help="for all, in seconds")
    return parser.parse_args()


def load(folder: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of this rank's files: of all in its container, every n-th."""
    first = int(os.environ.get("OMPI_COMM_WORLD_LOCAL_RANK", "0"))
    step = int(os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE", "1"))
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    mine = lines[first::step]
    if not mine:
        sys.exit(f"no data: `{folder}` has too few records")
    table = np.array([line.split(",") for line in mine], dtype=np.float64)
    images = np.hstack([table[:, :PIXELS] / BRIGHTEST, np.ones((len(table), 1))])
    return images, table[:, PIXELS].astype(np.int64)


class Model:
    """Parameters, of which each rank keeps a part."""

    def __init__(self, world: MPI.Intracomm) -> None:
        self.world = world
        parts = np.array_split(np.zeros(SIZE), world.size)
        self.sizes = [part.size for part in parts]
        self.own = parts[world.rank]

    def pull(self) -> tf.Tensor:
        """Return all parts."""
        every = np.empty(SIZE)
        self.world.Allgatherv(self.own, (every, self.sizes))
        return tf.constant(every.reshape(PIXELS + 1, CLASSES))

    def push(self, gradient: np.ndarray, rate: float) -> None:
        """Send gradients to those who keep the parts, and change the own one."""
        total = np.empty_like(self.own)
        self.world.Reduce_scatter(gradient.ravel(), total, self.sizes)
        self.own -= rate * total


@tf.function
def loss_of(weights, images, labels):
    """Return the sum over records, and how many are classified well."""
    scores = images @ weights
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
    right = tf.reduce_sum(tf.cast(tf.argmax(scores, 1) == labels, tf.int64))
    return tf.reduce_sum(losses), right


def train(model: Model, images, labels, args: argparse.Namespace) -> dict[str, float]:
    """Return loss and number of good answers over all records after the last step."""
    world = model.world
    records = world.allreduce(len(labels))
    for step in range(args.steps):
        weights = model.pull()
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss, _ = loss_of(weights, images, labels)
        gradient = tape.gradient(loss, weights).numpy()
        model.push(gradient, args.learning_rate / records)
        if (step + 1) % max(1, args.steps // 10) == 0:
            print(f"reporter progress:{(step + 1) / args.steps:0.4f}", file=sys.stderr)
    loss, right = loss_of(model.pull(), images, labels)
    return {
        "records": records,
        "loss": world.allreduce(float(loss)) / records,
        "right": world.allreduce(int(right)),
        "ranks": world.size,
    }


def main() -> None:
    args = arguments()
    signal.alarm(args.timeout)  # a rank that never comes must not hold up the others
    MPI.Init()
    world = MPI.COMM_WORLD
    images, labels = load(args.data_path)
    print(f"rank {world.rank} of {world.size}: {len(labels)} records", flush=True)
    result = train(Model(world), tf.constant(images), tf.constant(labels), args)
    if world.rank == 0:
        print(f"result {json.dumps(result)}", flush=True)
    MPI.Finalize()


if __name__ == "__main__":
    main()
