"""A Ray node of the cluster whose head is beside the driver.

Two nodes that start on one host at the same moment take the same names for their
sockets, and one of them dies (Ray's issue 10154): `ray start` says after half a minute
that it "timed out during startup". With a folder of its own, each has its own names. It
is in /tmp, as a socket's path may have 107 bytes and a container's is long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory


def main() -> None:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    command = ["ray", "start", f"--address={os.environ['XL_DRIVER_ADDRESS']}"]
    command += ["--num-cpus=1", "--block", "--disable-usage-stats"]
    with TemporaryDirectory(
        prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
    ) as own:
        code = subprocess.call([*command, f"--temp-dir={own}"])
    raise SystemExit(code)


if __name__ == "__main__":
    main()
