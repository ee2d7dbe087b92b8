"""A trainer that takes more memory than its container has, and keeps it."""

from __future__ import annotations

import sys
import time

eaten = bytearray(int(sys.argv[1]) * 1024 * 1024)
for page in range(0, len(eaten), 4096):
    eaten[page] = 1
time.sleep(300)
