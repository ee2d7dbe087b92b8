"""A program that takes ports all the time. Run as `port_thief.py FIRST END KIND…`.

Kinds: `any` lets the kernel choose, with and without SO_REUSEADDR; `connect` is
connected from ports that it chooses; `this` asks for a random number of the range;
`shared` does so with SO_REUSEADDR. It keeps the newest of each kind, and when its stdin
ends it says how many it got.
"""

from __future__ import annotations

import collections
import json
import random
import select
import socket
import struct
import sys

KEPT = 300
"""Of each kind, at a time."""
PAUSE_S = 0.001
"""Between two of a kind: the processors are for the tasks."""
HOST = "127.0.0.1"
_NO_LINGERING = struct.pack("ii", 1, 0)


class Thief:
    """Takes ports of a range."""

    def __init__(self, first: int, end: int) -> None:
        """Have none."""
        self.range = first, end
        self.got: collections.Counter[str] = collections.Counter()
        self._kept: dict[str, collections.deque[socket.socket]] = {}
        self._listener = socket.create_server((HOST, 0), backlog=16)

    def take(self, kind: str) -> None:
        """Try to take one, and let the oldest of its kind go."""
        taken = self._taken(kind)
        kept = self._kept.setdefault(kind, collections.deque())
        kept.extend(taken)
        self.got[kind] += bool(taken)
        while len(kept) > KEPT:
            kept.popleft().close()

    def _taken(self, kind: str) -> list[socket.socket]:
        if kind == "connect":
            client = socket.create_connection((HOST, self._listener.getsockname()[1]))
            server, _ = self._listener.accept()
            for side in (client, server):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            return [client, server]
        number = 0 if kind == "any" else random.randrange(*self.range)
        shared = kind == "shared" or (kind == "any" and random.random() < 0.5)
        thief = socket.socket()
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)
        try:
            thief.bind((HOST, number))
            thief.listen()
        except OSError:
            thief.close()
            return []
        return [thief]


def main() -> None:
    """Take ports until stdin ends."""
    thief = Thief(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        for kind in sys.argv[3:]:
            thief.take(kind)
    json.dump(thief.got, sys.stdout)


if __name__ == "__main__":
    main()
