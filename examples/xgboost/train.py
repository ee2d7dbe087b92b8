"""Learn which digit an image shows with XGBoost, each worker with its own records.

The variables `DMLC_*` say where the tracker is; it brings the workers together, and all
grow the same trees, from the histograms of all records.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import xgboost
from xgboost.collective import CommunicatorContext, Op, allreduce, get_rank

PIXELS = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="", help="where the model goes")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--timeout", type=int, default=120, help="for others, seconds")
    return parser.parse_args()


def load(folder: str) -> tuple[np.ndarray, np.ndarray]:
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float32)
    return table[:, :PIXELS], table[:, PIXELS]


def communicator(timeout: int) -> AbstractContextManager[object]:
    """Return what brings the workers together, nothing where there is no tracker."""
    if "DMLC_TRACKER_URI" not in os.environ:
        return nullcontext()
    return CommunicatorContext(
        dmlc_communicator="rabit",
        dmlc_tracker_uri=os.environ["DMLC_TRACKER_URI"],
        dmlc_tracker_port=int(os.environ["DMLC_TRACKER_PORT"]),
        dmlc_task_id=os.environ["DMLC_TASK_ID"],
        dmlc_timeout=timeout,
    )


def result_of(model: xgboost.Booster, data: xgboost.DMatrix) -> dict[str, object]:
    """Return the model, and how good it is on all records."""
    errors = (model.predict(data).astype(np.float64) - data.get_label()) ** 2
    own = np.array([data.num_row(), errors.sum()], dtype=np.float64)
    records, squared_error = allreduce(own, Op.SUM)
    dump = "".join(model.get_dump()).encode()
    return {
        "records": int(records),
        "squared_error": float(squared_error),
        "model": hashlib.sha256(dump).hexdigest()[:16],
    }


def main() -> None:
    args = arguments()
    with communicator(args.timeout):
        data = xgboost.DMatrix(*load(args.data_path))
        print(f"rank {get_rank()}: {data.num_row()} records", flush=True)
        parameters = {
            "objective": "reg:squarederror",
            "tree_method": "hist",
            "max_depth": 4,
            "eta": 0.5,
            "base_score": 4.5,
            "nthread": 1,
        }
        model = xgboost.train(parameters, data, num_boost_round=args.rounds)
        result = result_of(model, data)
        print(f"result {json.dumps(result)}", flush=True)
        if args.save_path and get_rank() == 0:
            Path(args.save_path).mkdir(exist_ok=True)
            model.save_model(f"{args.save_path}/model.json")


if __name__ == "__main__":
    main()
