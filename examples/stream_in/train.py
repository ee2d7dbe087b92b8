"""Learns handwritten digits from records on stdin: an averaged perceptron.

With `--input-strategy STREAM` each worker reads the records of its share from its
stdin, as often as `--stream-epoch` says: the program knows nothing of files or HDFS. A
record is 64 numbers and a digit, with commas between. What was learned is written to
model/, one file for each worker; only the standard library is needed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

DIGITS, PIXELS = 10, 64


def guess(weights: list[list[float]], pixels: list[float]) -> int:
    """Return the digit whose weights like the image best."""
    scores = [sum(map(float.__mul__, row, pixels)) for row in weights]
    return max(range(DIGITS), key=scores.__getitem__)


def main() -> None:
    """Learn until stdin ends, then write what was learned."""
    weights = [[0.0] * (PIXELS + 1) for _ in range(DIGITS)]
    records = right = 0
    for line in sys.stdin:
        *words, label = line.split(",")
        pixels, digit = [1.0, *(float(word) / 16 for word in words)], int(label)
        guessed = guess(weights, pixels)
        records += 1
        right += guessed == digit
        if guessed != digit:
            for i, pixel in enumerate(pixels):
                weights[digit][i] += pixel
                weights[guessed][i] -= pixel
    worker = os.environ.get("TF_INDEX", "0")
    learned = {"records": records, "right": right, "weights": weights}
    folder = Path("model")
    folder.mkdir(exist_ok=True)
    (folder / f"worker-{worker}.json").write_text(json.dumps(learned))
    print(f"{records} records, {right} guessed right before they were learned")


if __name__ == "__main__":
    main()
