"""Fit a line by gradient descent, slowly, with checkpoints that can be gone on with.

Each checkpoint is a file in the output folder `model`. When it is written to its end, a
line `checkpoint:<path>` says so: a save of the model has such files only. A run begins
with the newest checkpoint that it finds in the folder, where `xl-submit --restore` has
put what was saved.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

MODEL = Path("model")
POINTS = [(x / 10, 3 * x / 10 + 1) for x in range(-10, 11)]  # y = 3 x + 1
RATE = 0.05


def newest_checkpoint() -> dict[str, float]:
    """Return where training has come to."""
    found = sorted(MODEL.glob("checkpoint-*.json"))
    if not found:
        return {"step": 0, "slope": 0.0, "offset": 0.0}
    print(f"going on with {found[-1]}", flush=True)
    return json.loads(found[-1].read_text())


def write_checkpoint(state: dict[str, float]) -> None:
    path = MODEL / f"checkpoint-{state['step']:06}.json"
    path.write_text(json.dumps(state) + "\n")
    print(f"checkpoint:{path}", flush=True)


def descend(state: dict[str, float]) -> dict[str, float]:
    """Make one step."""
    errors = [(x, state["slope"] * x + state["offset"] - y) for x, y in POINTS]
    slope = sum(error * x for x, error in errors) / len(POINTS)
    offset = sum(error for _, error in errors) / len(POINTS)
    return {
        "step": state["step"] + 1,
        "slope": state["slope"] - RATE * slope,
        "offset": state["offset"] - RATE * offset,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100, help="in all, restored too")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each step")
    options = parser.parse_args()
    MODEL.mkdir(exist_ok=True)
    state = newest_checkpoint()
    begun_at = state["step"]
    while state["step"] < options.steps:
        state = descend(state)
        time.sleep(options.seconds)
        if state["step"] % 5 == 0:
            write_checkpoint(state)
        print(f"reporter progress:{state['step'] / options.steps:.4f}", file=sys.stderr)
    index = os.environ.get("TF_INDEX", "0")
    line = f"y = {state['slope']:.2f} x + {state['offset']:.2f}"
    print(f"worker {index}: steps {begun_at} to {state['step']}, {line}")


if __name__ == "__main__":
    main()
