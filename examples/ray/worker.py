"""A Ray node of the cluster whose head is beside the driver.

`ray start` gives up on a head, or on a node of its own, that is not there within half a
minute; on a busy host it is asked again.
"""

from __future__ import annotations

import os
import subprocess
import sys

ATTEMPTS = 3


def main() -> None:
    command = ["ray", "start", f"--address={os.environ['XL_DRIVER_ADDRESS']}"]
    command += ["--num-cpus=1", "--block", "--disable-usage-stats"]
    for attempt in range(1, ATTEMPTS + 1):
        code = subprocess.call(command)
        if code == 0:
            return
        print(f"attempt {attempt}: `ray start` ended with {code}", file=sys.stderr)
    raise SystemExit("no Ray node could be started")


if __name__ == "__main__":
    main()
