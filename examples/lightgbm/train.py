"""Learn which digit an image shows with LightGBM, each worker with its own records.

`LIGHTGBM_MACHINES` says where the other workers are. All grow the same trees, from the
histograms of all records: each worker prints what the model is and how good it is on
its own records.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import lightgbm
import numpy as np

PIXELS, BRIGHTEST = 64, 16


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="", help="where the model goes")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--timeout", type=int, default=5, help="for others, minutes")
    return parser.parse_args()


def load(folder: str) -> tuple[np.ndarray, np.ndarray]:
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    return table[:, :PIXELS], table[:, PIXELS]


def network(timeout: int) -> dict[str, object]:
    """Return LightGBM's parameters about the other workers, none if there are none."""
    workers = int(os.environ.get("LIGHTGBM_NUM_MACHINE", "1"))
    if workers == 1:
        return {}
    return {
        "tree_learner": "data",
        "pre_partition": True,
        "machines": os.environ["LIGHTGBM_MACHINES"],
        "num_machines": workers,
        "local_listen_port": int(os.environ["LIGHTGBM_LOCAL_LISTEN_PORT"]),
        "time_out": timeout,
    }


def same_everywhere() -> dict[str, object]:
    """Return parameters with which the model does not depend on how data is split.

    Else workers find bins and the mean of the labels from their own records.
    """
    edges = [value + 0.5 for value in range(BRIGHTEST)]
    bins = [{"feature": n, "bin_upper_bound": edges} for n in range(PIXELS)]
    path = Path("bins.json")
    path.write_text(json.dumps(bins), "utf-8")
    return {
        "forcedbins_filename": str(path),
        "max_bin": 2 * BRIGHTEST,
        "min_data_in_bin": 1,
        "feature_pre_filter": False,
        "boost_from_average": False,
        "deterministic": True,
        "force_row_wise": True,
    }


def main() -> None:
    args = arguments()
    pixels, labels = load(args.data_path)
    parameters = {
        "objective": "regression",
        "num_leaves": 15,
        "learning_rate": 0.2,
        "num_threads": 1,
        "verbosity": -1,
        **same_everywhere(),
        **network(args.timeout),
    }
    data = lightgbm.Dataset(pixels, labels, params=parameters)
    model = lightgbm.train(parameters, data, num_boost_round=args.rounds)
    trees = model.model_to_string().partition("end of trees")[0]
    result = {
        "records": len(labels),
        "squared_error": float(((model.predict(pixels) - labels) ** 2).sum()),
        "model": hashlib.sha256(trees.encode()).hexdigest()[:16],
    }
    print(f"result {json.dumps(result)}", flush=True)
    if args.save_path:
        Path(args.save_path).mkdir(exist_ok=True)
        model.save_model(f"{args.save_path}/model.txt")


if __name__ == "__main__":
    main()
