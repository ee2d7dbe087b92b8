"""The rendezvous of Horovod's ranks, and what stands before each rank.

As in `mpi_node`, the source goes to the tasks as a file and runs in the user's Python:
standard library only, and nothing newer than Python 3.6.

The rendezvous is the one of `horovodrun` (its `http_server.RendezvousServer`, read by
`http_store.cc`): a value at `PUT /scope/key`, the same or 404 at `GET`, and `DELETE`
when a rank has left a scope. What all ranks have left is forgotten, since a program may
call `init` again. A rank asks for it only three times in a second and then ends, so it
is not started before somebody answers there.

gloo would listen at the address that the node's own name has, which may be 127.0.1.1:
`HOROVOD_GLOO_IFACE` becomes the interface that the job wants, else that of the address
that others know the node by.
"""

from __future__ import annotations

PROGRAM = "horovod_run.py"
SERVE = "--serve"
SCOPES = "horovod_scopes.json"
"""What the rendezvous reads: scope to the number of ranks that meet there."""

SOURCE = '''\
"""horovod_run.py --serve: the rendezvous. horovod_run.py COMMAND: a rank."""

import fcntl
import json
import os
import socket
import socketserver
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

PATIENCE_S = 60.0  # until the rendezvous has been started
ANSWER_S = 10.0
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B  # linux/sockios.h


class Store:
    """What ranks have put: scope to key to value."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.values = {}
        self.left = {}
        self.lock = threading.Lock()

    def get(self, scope, key):
        with self.lock:
            return self.values.get(scope, {}).get(key)

    def put(self, scope, key, value):
        with self.lock:
            self.values.setdefault(scope, {})[key] = value

    def leave(self, scope, key):
        with self.lock:
            if scope not in self.sizes:  # a process set of the program's own
                self.values.get(scope, {}).pop(key, None)
                return
            left = self.left.setdefault(scope, set())
            left.add(key)
            if len(left) == self.sizes[scope]:
                del self.left[scope]
                self.values.pop(scope, None)


class Handler(BaseHTTPRequestHandler):
    timeout = ANSWER_S

    def do_GET(self):
        value = self.server.store.get(*self.place())
        self.answer(404 if value is None else 200, value or b"")

    def do_PUT(self):
        value = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.store.put(*self.place(), value)
        self.answer(200)

    def do_DELETE(self):
        self.server.store.leave(*self.place())
        self.answer(200)

    def place(self):
        scope, _, key = self.path[1:].partition("/")
        return scope, key

    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # the agent holds the port
    daemon_threads = True
    request_queue_size = 1024


def serve(where):
    with open("horovod_scopes.json") as file:
        store = Store(json.load(file))
    try:
        server = Server(where, Handler)
    except OSError:  # the name stands for an address of a gateway
        server = Server(("", where[1]), Handler)
    server.store = store
    server.serve_forever()


def wait_for(where):
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(where, ANSWER_S).close()
        except OSError as error:
            if time.monotonic() > until:
                sys.exit("no rendezvous at %s:%d: %s" % (*where, error))
            time.sleep(0.05)


def interface(address):
    """Return the name of the interface whose network an address is in, or ""."""
    found = [(0, "")]
    wanted = number(socket.inet_aton(socket.gethostbyname(address)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                own, mask = (
                    asked(probe, what, name) for what in (SIOCGIFADDR, SIOCGIFNETMASK)
                )
            except OSError:  # it has no such address
                continue
            if own & mask == wanted & mask:
                found.append((mask, name))
    return max(found)[1]


def asked(probe, what, name):
    answer = fcntl.ioctl(probe.fileno(), what, struct.pack("40s", name.encode()))
    return number(answer[20:24])


def number(address):
    return struct.unpack("!I", address)[0]


def main(words):
    where = (
        os.environ["HOROVOD_GLOO_RENDEZVOUS_ADDR"],
        int(os.environ["HOROVOD_GLOO_RENDEZVOUS_PORT"]),
    )
    if words == ["--serve"]:
        return serve(where)
    wait_for(where)
    own = os.environ.get("XL_INTERFACE") or interface(os.environ["XL_HOST"])
    if own:
        os.environ.setdefault("HOROVOD_GLOO_IFACE", own)
        # NCCL takes a name for the beginning of names, unless `=` is before it.
        os.environ.setdefault("NCCL_SOCKET_IFNAME", "=" + own)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        sys.exit("%s: %s" % (words[0], error.strerror))


sys.exit(main(sys.argv[1:]))
'''
