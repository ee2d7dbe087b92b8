"""Fit a classifier of handwritten digits on one share of the input, for itself.

Any word that names no framework is a job of independent processes: each fits a model on
the files that it finds in `--data_path` and saves it, with what it has seen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

PIXELS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="./model", help="where models go")
    args = parser.parse_args()
    index = int(os.environ["XL_INDEX"])
    paths = sorted(path for path in Path(args.data_path).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    images, labels = table[:, :PIXELS] / 16.0, table[:, PIXELS].astype(int)
    model = LogisticRegression(max_iter=2000).fit(images, labels)
    Path(args.save_path).mkdir(exist_ok=True)
    Path(args.save_path, f"model-{index}.pickle").write_bytes(pickle.dumps(model))
    result = {
        "worker": index,
        "records": len(labels),
        "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths},
        "weights": float(np.abs(model.coef_).sum()),
    }
    print(f"result {json.dumps(result)}", flush=True)


if __name__ == "__main__":
    main()
