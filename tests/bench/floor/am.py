"""The floor: the least ApplicationMaster in Python that the wire allows.

Registers, asks for containers, starts in each the one command it was given, waits
until all have ended, finishes. No agents, no files, no page, no security beyond what
YARN demands, no care for failures. What it needs comes in its environment:
`FLOOR_SCHEDULER` (host:port), `FLOOR_CONTAINERS`, `FLOOR_MEMORY_MB`, `FLOOR_COMMAND`
(base64: YARN would replace `<LOG_DIR>` in it).
"""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path

from tests.bench.floor.wire import (
    Connection,
    Fields,
    blobs,
    join,
    message,
    number_of,
    parse,
    read_token,
)

_ASK_S, _WATCH_S = 0.02, 0.1
_SUCCEEDED, _FAILED = 1, 2


class ApplicationMaster:
    """One job of some equal containers."""

    def __init__(self) -> None:
        host, _, port = os.environ["FLOOR_SCHEDULER"].rpartition(":")
        self._wanted = int(os.environ["FLOOR_CONTAINERS"])
        self._memory_mb = int(os.environ["FLOOR_MEMORY_MB"])
        self._command = base64.b64decode(os.environ["FLOOR_COMMAND"]).decode()
        credentials = Path(os.environ["HADOOP_TOKEN_FILE_LOCATION"]).read_bytes()
        token = read_token(credentials, "YARN_AM_RM_TOKEN")
        address = (host, int(port))
        self._rm = Connection(address, "ApplicationMasterProtocol", token)
        self._tokens: dict[bytes, tuple[bytes, bytes]] = {}
        self._response_id = 0
        self._started = self._ended = self._failed = 0

    def run(self) -> None:
        """Run the job from registration to the end."""
        me = message((1, os.environ["NM_HOST"]), (2, -1), (3, ""))
        self._rm.call("registerApplicationMaster", me)
        self._allocate(self._ask())
        while self._ended < self._wanted:
            time.sleep(_ASK_S if self._started < self._wanted else _WATCH_S)
            self._allocate(b"")
        status = _FAILED if self._failed else _SUCCEEDED
        finish = message((1, ""), (2, ""), (3, status))
        while not number_of(self._rm.call("finishApplicationMaster", finish), 1):
            time.sleep(_ASK_S)

    def _ask(self) -> bytes:
        capability = message((1, self._memory_mb), (2, 1))
        ask = message(
            (1, message((1, 1))), (2, "*"), (3, capability), (4, self._wanted)
        )
        return message((1, ask))

    def _allocate(self, ask: bytes) -> None:
        request = ask + message((4, self._response_id))
        reply = self._rm.call("allocate", request)
        self._response_id = number_of(reply, 2)
        for token in blobs(reply, 9):
            node = parse(token)
            inner = parse(blobs(node, 2)[0])
            self._tokens[blobs(node, 1)[0]] = (blobs(inner, 1)[0], blobs(inner, 2)[0])
        self._start([parse(container) for container in blobs(reply, 3)])
        for status in map(parse, blobs(reply, 4)):
            self._ended += 1
            self._failed += number_of(status, 4) != 0

    def _start(self, containers: list[Fields]) -> None:
        by_node: dict[bytes, list[bytes]] = {}
        for container in containers:
            context = message((5, self._command))
            request = message((1, context), (2, blobs(container, 6)[0]))
            by_node.setdefault(blobs(container, 2)[0], []).append(request)
        for node, requests in by_node.items():
            fields = parse(node)
            address = (blobs(fields, 1)[0].decode(), number_of(fields, 2))
            protocol = "ContainerManagementProtocol"
            nm = Connection(address, protocol, self._tokens[node])
            reply = nm.call("startContainers", join(requests, 1))
            nm.close()
            if blobs(reply, 3):
                raise RuntimeError("a NodeManager refused a container")
            self._started += len(requests)


if __name__ == "__main__":
    ApplicationMaster().run()
    sys.exit()
