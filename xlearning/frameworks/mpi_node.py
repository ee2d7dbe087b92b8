"""The program that stands in ssh's place between mpirun and the workers. Pure.

Its source goes to the tasks as a file and runs in the user's Python, whichever that
is: standard library only, and nothing newer than Python 3.6.

A worker listens at the port that is held for it. Who connects gets a challenge, and
has to answer with an HMAC of it, of the node and of the command under what only the
job's tasks know. Then the command is started as sshd would do it, by a shell in the
worker's own working directory and environment; the exit code and what it said last on
stderr are sent back.
"""

from __future__ import annotations

PROGRAM = "mpi_node.py"
NODES = "mpi_nodes.json"
"""What `PROGRAM` reads: `{"secret": …, "nodes": {name: "host:port"}}`."""

SOURCE = '''\
"""mpi_node.py serve NODE: start what comes. mpi_node.py NODE COMMAND: send it."""

import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time

PATIENCE_S = 60.0  # until the others have been started
ANSWER_S = 10.0  # for a challenge
LAST_S = 1.0  # for what a daemon that has ended had written
# Daemons on one host would share folders and files, named after the host alone.
FOLDERS = ("OMPI_MCA_orte_tmpdir_base", "PRTE_MCA_prte_tmpdir_base")  # of 4, of 5
SHARED_MEMORY = (
    "OMPI_MCA_btl_vader_backing_directory",
    "OMPI_MCA_btl_sm_backing_directory",
)


def main(words):
    with open("mpi_nodes.json") as file:
        known = json.load(file)
    if words[0] == "serve":
        serve(known, words[1])
        return 0
    return send(known, words[0], " ".join(words[1:]))


def proof(known, *parts):
    said = json.dumps(parts).encode()
    return hmac.new(known["secret"].encode(), said, "sha256").hexdigest()


def endpoint(known, node):
    host, _, port = known["nodes"][node].rpartition(":")
    return host.strip("[]"), int(port)


def serve(known, node):
    where = endpoint(known, node)
    family = socket.getaddrinfo(*where)[0][0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
    except OSError:  # the name stands for an address of a gateway
        listener.bind(("", where[1]))
    listener.listen(16)
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=answer, args=(known, node, peer), daemon=True).start()


def answer(known, node, peer):
    peer.settimeout(ANSWER_S)
    challenge = os.urandom(32).hex()
    try:
        with peer, peer.makefile("rw") as lines:
            tell(lines, challenge)
            asked = json.loads(lines.readline(1 << 20))
            expected = proof(known, challenge, node, asked["command"])
            if not hmac.compare_digest(expected, asked["proof"]):
                print("a stranger was refused", file=sys.stderr, flush=True)
                return
            tell(lines, run(known, node, asked["command"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print("not mpirun: %s" % error, file=sys.stderr, flush=True)


def run(known, node, command):
    here = os.getcwd()
    own = dict.fromkeys(FOLDERS, here)
    if is_beside_another(known, node):
        own.update(dict.fromkeys(SHARED_MEMORY, here))
    own["MPI_EXEC_DIR"] = here
    own["CONTAINER_COMMAND"] = command.replace('"', "#")
    environment = dict(os.environ, **own)
    attached = command.replace(" --daemonize ", " ")
    shell = ["/bin/sh", "-c", attached]
    pipes = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    daemon = subprocess.Popen(shell, env=environment, **pipes)
    said = []
    reader = threading.Thread(target=copy, args=(daemon.stderr, said), daemon=True)
    reader.start()
    code = daemon.wait()
    reader.join(LAST_S)
    return [code, "".join(said[-1:])]


def copy(source, said):
    for line in source:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
        if line.strip():
            said[:] = [line.decode(errors="replace").strip()]


def is_beside_another(known, node):
    hosts = {each: endpoint(known, each)[0] for each in known["nodes"]}
    return list(hosts.values()).count(hosts[node]) > 1


def tell(lines, what):
    lines.write(json.dumps(what) + "\\n")
    lines.flush()


def send(known, node, command):
    with connected(endpoint(known, node)) as peer, peer.makefile("rw") as lines:
        challenge = json.loads(lines.readline())
        own = proof(known, challenge, node, command)
        tell(lines, {"command": command, "proof": own})
        peer.settimeout(None)
        said = lines.readline()
    if not said:
        print("%s went away" % node, file=sys.stderr)
        return 255
    code, last = json.loads(said)
    if code:
        text = "Open MPI's daemon on %s ended with code %d (%s)"
        print(text % (node, code, last), file=sys.stderr)
    return code if code >= 0 else 128 - code


def connected(where):
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(where, ANSWER_S)
        except OSError as error:
            if time.monotonic() > until:
                sys.exit("%s:%d: %s" % (where[0], where[1], error))
            time.sleep(0.05)


sys.exit(main(sys.argv[1:]))
'''
