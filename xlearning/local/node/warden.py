"""Forks a keeper for each container; a process of its own, standard library only.

The server has threads and much memory, so it must not fork itself. The warden has
neither: a keeper costs a millisecond. When the server dies, its end of every connection
closes, keepers kill what they keep, and the warden ends after the last of them.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from xlearning.local.node import descendants
from xlearning.local.node.keeper import Keeper, drain, wake_on_children


class Warden:
    """The parent of all keepers."""

    def __init__(self, control: socket.socket) -> None:
        """Take the connection on which the server sends connections for keepers."""
        self._control = control
        self._wakeup = wake_on_children()
        self._keepers: set[int] = set()

    def run(self) -> None:
        """Fork keepers until the server is gone, and wait for them to end."""
        descendants.adopt_orphans()
        gc.freeze()  # keepers share this memory as long as nobody writes to it
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._wakeup.fileno() in ready:
                drain(self._wakeup)
                self._reap()
            if self._control.fileno() in ready and not self._accept():
                break
        while self._keepers:
            select.select([self._wakeup], [], [])
            drain(self._wakeup)
            self._reap()

    def _accept(self) -> bool:
        """Fork a keeper for a connection; False when the server is gone."""
        try:
            data, received, _, _ = socket.recv_fds(self._control, 1, 1)
        except ConnectionResetError:
            return False
        for descriptor in received:
            pid = os.fork()
            if pid == 0:
                self._become_keeper(descriptor)
            os.close(descriptor)
            self._keepers.add(pid)
        return bool(data)

    def _become_keeper(self, descriptor: int) -> None:
        """Keep a container, then end; returns never."""
        status = 1
        try:
            self._control.close()
            self._wakeup.close()
            os.set_inheritable(descriptor, False)
            Keeper(socket.socket(fileno=descriptor)).run()
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)

    def _reap(self) -> None:
        """Take the ends of keepers; what one left behind is adopted and killed."""
        lost = False
        with suppress(ChildProcessError):
            for pid, code in descendants.reap():
                lost = lost or pid not in self._keepers or code != 0
                self._keepers.discard(pid)
        if lost:
            self._kill_orphans()

    def _kill_orphans(self) -> None:
        for pid in descendants.children(os.getpid()):
            if pid not in self._keepers:
                descendants.kill(pid)
                descendants.send(pid, signal.SIGKILL)


def main() -> None:
    """Serve the connection whose descriptor is the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Warden(socket.socket(fileno=int(sys.argv[1]))).run()
