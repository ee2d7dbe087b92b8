"""Train a classifier of handwritten digits with DistributedDataParallel, or FSDP.

A program for torchrun: it finds the other ranks through `env://`. Each rank trains with
the files that it finds in `--data_path`; several ranks in a container share them out.
Every step takes all records there are: the ranks' losses are weighted by their number
of records, so that the averaged gradient is that of one process with all of them, and
so are all numbers that are printed, however many ranks there are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

PIXELS, CLASSES, BRIGHTEST = 64, 10, 16.0
HIDDEN = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="", help="where the model goes")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--learning_rate", type=float, default=0.5)
    parser.add_argument("--timeout", type=int, default=120, help="for others, seconds")
    parser.add_argument("--fsdp", action="store_true", help="shard the model's values")
    return parser.parse_args()


def load(folder: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Read this rank's part of the files of its container."""
    local, ranks = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    mine = lines[local::ranks]
    if not mine:
        raise SystemExit(f"no data: `{folder}` has too few records")
    table = np.array([line.split(",") for line in mine], dtype=np.float64)
    images = torch.from_numpy(table[:, :PIXELS] / BRIGHTEST)
    return images, torch.from_numpy(table[:, PIXELS].astype(np.int64))


def new_model(fsdp: bool) -> torch.nn.Module:
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(PIXELS, HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, CLASSES),
    ).double()
    if not fsdp:
        return DistributedDataParallel(model)
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    return fully_shard(model, mesh=init_device_mesh("cpu", (world(),)))


def world() -> int:
    return dist.get_world_size()


def total(value: float) -> float:
    """Return the sum of a number of every rank."""
    summed = torch.tensor(value, dtype=torch.float64)
    dist.all_reduce(summed)
    return float(summed)


def train(model: torch.nn.Module, images, labels, args: argparse.Namespace) -> float:
    """Return the loss over all records after the last step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=args.learning_rate)
    share = len(labels) / total(len(labels))
    for step in range(args.steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        # The ranks' gradients are averaged: weigh each by its part of the records.
        (loss * share * world()).backward()
        optimizer.step()
        if (step + 1) % max(1, args.steps // 10) == 0:
            print(f"reporter progress:{(step + 1) / args.steps:0.4f}", file=sys.stderr)
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(images), labels)
    return total(float(loss) * share)


def main() -> None:
    args = arguments()
    dist.init_process_group("gloo", timeout=timedelta(seconds=args.timeout))
    images, labels = load(args.data_path)
    print(f"rank {dist.get_rank()} of {world()}: {len(labels)} records", flush=True)
    model = new_model(args.fsdp)
    loss = train(model, images, labels, args)
    with torch.no_grad():
        right = int((model(images).argmax(1) == labels).sum())
    result = {
        "records": int(total(len(labels))),
        "loss": loss,
        "right": int(total(right)),
        "ranks": world(),
    }
    if dist.get_rank() == 0:
        print(f"result {json.dumps(result)}", flush=True)
        if args.save_path and not args.fsdp:
            Path(args.save_path).mkdir(exist_ok=True)
            torch.save(model.module.state_dict(), f"{args.save_path}/model.pt")
    leave_together()


def leave_together() -> None:
    """End when all are done: rank 0 serves the others' store.

    Without tidying up: gloo may wait for ever for a peer that has closed first.
    """
    dist.barrier()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
