"""Learn which digit an image shows with MXNet's KVStore.

All tasks run this program. In scheduler and servers `import mxnet` does not come back:
MXNet becomes one of them where `DMLC_ROLE` says so. Workers add up their gradients in a
`dist_sync` store, so that each step is that of one process with all records.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

import mxnet as mx
import numpy as np

PIXELS, CLASSES, BRIGHTEST = 64, 10, 16.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="", help="where the model goes")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--learning_rate", type=float, default=1.0)
    parser.add_argument("--timeout", type=int, default=300, help="for all, seconds")
    return parser.parse_args()


def load(folder: str) -> tuple[np.ndarray, np.ndarray]:
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    images = np.hstack([table[:, :PIXELS] / BRIGHTEST, np.ones((len(table), 1))])
    return images, np.eye(CLASSES)[table[:, PIXELS].astype(int)]


class Store:
    """Adds up arrays of all workers."""

    def __init__(self) -> None:
        kind = "dist_sync" if "DMLC_ROLE" in os.environ else "local"
        self._store = mx.kv.create(kind)
        self.number: int = self._store.rank
        self.workers: int = self._store.num_workers

    def summed(self, name: str, own: np.ndarray) -> np.ndarray:
        """Return the sum over all workers."""
        value = mx.nd.array(own, dtype="float32")
        self._store.init(name, mx.nd.zeros(own.shape))
        self._store.push(name, value)
        self._store.pull(name, out=value)
        return value.asnumpy().astype(np.float64)


def step(weights: np.ndarray, images, labels) -> tuple[np.ndarray, float]:
    """Return gradient and loss, each summed over the records."""
    scores = images @ weights
    scores -= scores.max(1, keepdims=True)
    chances = np.exp(scores)
    chances /= chances.sum(1, keepdims=True)
    loss = -float(np.log((chances * labels).sum(1)).sum())
    return images.T @ (chances - labels), loss


def main() -> None:
    args = arguments()
    # The store waits for missing workers for ever.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(args.timeout)
    images, labels = load(args.data_path)
    store = Store()
    print(f"worker {store.number} of {store.workers}: {len(labels)} records")
    records = store.summed("records", np.array([len(labels)]))[0]
    weights = np.zeros((PIXELS + 1, CLASSES))
    for number in range(args.steps):
        gradient, _ = step(weights, images, labels)
        weights -= args.learning_rate / records * store.summed(f"{number}", gradient)
        print(f"reporter progress:{(number + 1) / args.steps:0.4f}", file=sys.stderr)
    loss = store.summed("loss", np.array([step(weights, images, labels)[1]]))[0]
    right = ((images @ weights).argmax(1) == labels.argmax(1)).sum()
    right = store.summed("right", np.array([right]))[0]
    if store.number == 0:
        result = {"records": int(records), "loss": loss / records, "right": int(right)}
        result["workers"] = store.workers
        print(f"result {json.dumps(result)}", flush=True)
        if args.save_path:
            Path(args.save_path).mkdir(exist_ok=True)
            np.save(f"{args.save_path}/weights.npy", weights)


if __name__ == "__main__":
    main()
