"""Says of each record on stdin what digit it is and how much ink it took.

With `--output-strategy STREAM` what a program prints is its output: each line is a
record. Messages belong on stderr.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Print a record for each record."""
    count = 0
    for line in sys.stdin:
        *pixels, digit = line.split(",")
        print(f"{int(digit)}\t{sum(map(int, pixels))}")
        count += 1
    print(f"{count} records", file=sys.stderr)


if __name__ == "__main__":
    main()
