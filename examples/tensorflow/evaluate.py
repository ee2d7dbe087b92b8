"""Measure a saved model on data that it has not seen; needs NumPy only.

    python evaluate.py --model ./model --data ../data/tensorflow-test

`--model` is the folder with `model.npz`, or any folder above it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from dataDeal import Digits


def load(folder: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and bias of each layer."""
    found = sorted(Path(folder).rglob("model.json"))
    if len(found) != 1:
        raise SystemExit(f"{len(found)} models below `{folder}`, not 1")
    layers = json.loads(found[0].read_text())["layers"]
    with np.load(found[0].with_suffix(".npz")) as values:
        return [(values[f"{name}/weights"], values[f"{name}/bias"]) for name in layers]


def predict(layers, images: np.ndarray) -> np.ndarray:
    """Return the digit that the model sees in each image."""
    activations = images
    for weights, bias in layers[:-1]:
        activations = np.maximum(activations @ weights + bias, 0.0)
    weights, bias = layers[-1]
    return np.argmax(activations @ weights + bias, axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of the saved model")
    parser.add_argument("--data", required=True, help="folder of the held-out data")
    args = parser.parse_args()
    digits = Digits(args.data)
    right = predict(load(args.model), digits.images) == digits.labels
    print(f"accuracy {right.mean():.4f} on {len(digits)} records")


if __name__ == "__main__":
    main()
