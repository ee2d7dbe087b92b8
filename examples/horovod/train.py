"""Train a classifier of handwritten digits with Horovod.

A program for `horovodrun`: it finds the other ranks by itself. Each rank trains with
the files that it finds in `--data_path`; several ranks in a container share them out.
Every step takes all records there are: the ranks' losses are weighted by their number
of records, so that the gradients add up to that of one process with all of them, and
so do all numbers that are printed, however many ranks there are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import horovod.torch as hvd
import numpy as np
import torch

PIXELS, CLASSES, BRIGHTEST = 64, 10, 16.0
HIDDEN = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="", help="where the model goes")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--learning_rate", type=float, default=0.5)
    parser.add_argument("--timeout", type=int, default=120, help="for others, seconds")
    return parser.parse_args()


def load(folder: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Read this rank's part of the files of its container."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    mine = lines[hvd.local_rank() :: hvd.local_size()]
    if not mine:
        raise SystemExit(f"no data: `{folder}` has too few records")
    table = np.array([line.split(",") for line in mine], dtype=np.float64)
    images = torch.from_numpy(table[:, :PIXELS] / BRIGHTEST)
    return images, torch.from_numpy(table[:, PIXELS].astype(np.int64))


def new_model() -> torch.nn.Module:
    """Return the model of rank 0."""
    torch.manual_seed(1 + hvd.rank())
    model = torch.nn.Sequential(
        torch.nn.Linear(PIXELS, HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, CLASSES),
    ).double()
    hvd.broadcast_parameters(model.state_dict(), root_rank=0)
    return model


def total(name: str, value: float) -> float:
    """Return the sum of a number of every rank."""
    own = torch.tensor(value, dtype=torch.float64)
    return float(hvd.allreduce(own, name=name, op=hvd.Sum))


def train(model: torch.nn.Module, images, labels, args: argparse.Namespace) -> float:
    """Return the loss over all records after the last step."""
    plain = torch.optim.SGD(model.parameters(), lr=args.learning_rate)
    named = model.named_parameters()
    optimizer = hvd.DistributedOptimizer(plain, named_parameters=named, op=hvd.Sum)
    share = len(labels) / total("all records", len(labels))
    for step in range(args.steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        (loss * share).backward()
        optimizer.step()
        if (step + 1) % max(1, args.steps // 10) == 0:
            print(f"reporter progress:{(step + 1) / args.steps:0.4f}", file=sys.stderr)
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(images), labels)
    return total("loss", float(loss) * share)


def main() -> None:
    args = arguments()
    os.environ["HOROVOD_GLOO_TIMEOUT_SECONDS"] = str(args.timeout)
    hvd.init()
    images, labels = load(args.data_path)
    print(f"rank {hvd.rank()} of {hvd.size()}: {len(labels)} records", flush=True)
    model = new_model()
    loss = train(model, images, labels, args)
    with torch.no_grad():
        right = int((model(images).argmax(1) == labels).sum())
    result = {
        "records": int(total("records", len(labels))),
        "loss": loss,
        "right": int(total("right", right)),
        "ranks": hvd.size(),
    }
    if hvd.rank() == 0:
        print(f"result {json.dumps(result)}", flush=True)
        if args.save_path:
            Path(args.save_path).mkdir(exist_ok=True)
            torch.save(model.state_dict(), f"{args.save_path}/model.pt")
    hvd.shutdown()


if __name__ == "__main__":
    main()
