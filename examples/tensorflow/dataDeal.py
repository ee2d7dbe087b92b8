"""Reads the handwritten digits: 64 pixels and the digit in each line of a CSV file."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

PIXELS = 64
CLASSES = 10
BRIGHTEST = 16.0


class Digits:
    """All records of all files in a folder.

    Attributes:
        images: Pixels from 0 to 1, one row for each record.
        labels: The digits.
        files: Name and SHA-256 of each file that was read.
    """

    def __init__(self, folder: str) -> None:
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        if not paths:
            raise SystemExit(f"no data: `{folder}` has no files")
        contents = {path: path.read_bytes() for path in paths}
        lines = [line for data in contents.values() for line in data.splitlines()]
        table = np.array([line.split(b",") for line in lines if line], dtype=np.float32)
        self.images = table[:, :PIXELS] / BRIGHTEST
        self.labels = table[:, PIXELS].astype(np.int64)
        self.files = {
            str(path.relative_to(folder)): hashlib.sha256(data).hexdigest()
            for path, data in contents.items()
        }

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, size: int, seed: int):
        """Yield (images, labels) of `size` records each, in an order made by `seed`."""
        order = np.random.default_rng(seed).permutation(len(self))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield self.images[rows], self.labels[rows]

    def write_share(self, path: str, index: int) -> None:
        """Write down which files this worker was given."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        share = {"worker": index, "records": len(self), "files": self.files}
        Path(path).write_text(json.dumps(share, indent=2) + "\n")
