"""The program around mpirun: whose line it is, and which rank was the first to fail.

As in `mpi_node`, the source goes to the task as a file and runs in the user's Python.
mpirun says in frames of dashes and in several ways what became of a rank; here that is
one line, the last on stderr, with what the rank itself said last. Open MPI 4 begins
the lines of a rank with `[1,0]<stdout>:`, 5 with a blank more. Other versions are
refused: nothing is known of them.
"""

from __future__ import annotations

PROGRAM = "mpi_run.py"

SOURCE = r'''"""mpi_run.py MPIRUN ARGUMENT...: run it and give its lines their ranks."""

import os
import re
import subprocess
import sys
import threading

TAGS = {  # by what the version begins with
    "4.": re.compile(rb"\[\d+,(\d+)\]<std(?:out|err)>:"),
    "5.": re.compile(rb"\[\d+,(\d+)\]<std(?:out|err)>: ?"),
}
ENDINGS = (  # what mpirun says, in one line, and what we make of it
    (
        r"Process name: \[.*[,@]\d+\]?,(\d+)\] Exit code: (\d+)",
        "rank {} exited with code {}",
    ),
    (
        r"rank (\d+) with PID \S+ on node (\S+) exited on signal (\d+)",
        "rank {} on {} ended by signal {}",
    ),
    (
        r"MPI_ABORT was invoked on rank (\d+) .*?error ?code:? (-?\d+)",
        "rank {} called MPI_Abort with code {}",
    ),
    (
        r"process rank (\d+) with PID \S+ on node (\S+) exiting improperly",
        "rank {} on {} ended without MPI_Finalize",
    ),
    (
        r"process rank (\d+) with PID \S+ on node \S+ calling .abort.",
        "rank {} aborted",
    ),
    (
        r"lost communication with a remote daemon.*Remote daemon: .*? on node (\S+)",
        "{} is lost",
    ),
    (
        r"No network interfaces were found for out-of-band communications",
        "mpirun finds no network to talk to its daemons by; of Open MPI 5 it is never "
        "the loopback",
    ),
    (r"(Open MPI's daemon on \S+ ended with code -?\d+ \(.*?\))(?: |$)", "{}"),
)


class Output:
    """One of mpirun's streams, copied line by line.

    What a rank writes in pieces comes in pieces, each with its tag, and those of
    others may be between them.
    """

    def __init__(self, source, target, tag):
        self.source, self.target, self.tag = source, target, tag
        self.begun = {}  # rank: what it has written of a line
        self.framed = set()  # ranks whose MPI says something between lines of dashes
        self.last = {}  # rank: its last line
        self.own = []  # mpirun's last lines
        self.thread = threading.Thread(target=self.copy)
        self.thread.start()

    def copy(self):
        for line in self.source:
            own, *pieces = self.tag.split(line)
            if own:
                self.own = [*self.own[-99:], own.decode(errors="replace")]
                self.write(own)
            for rank, piece in zip(pieces[::2], pieces[1::2]):
                self.take(rank, piece)
        for rank in list(self.begun):
            self.take(rank, b"\n")

    def take(self, rank, piece):
        line = self.begun.pop(rank, b"") + piece
        if not line.endswith(b"\n"):
            self.begun[rank] = line
            return
        text = line.decode(errors="replace").strip()
        if text.startswith("-----"):
            self.framed ^= {rank}
        elif text and rank not in self.framed:
            self.last[rank.decode()] = text
        self.write(b"[rank %s] %s" % (rank, line))

    def write(self, line):
        self.target.write(line)
        self.target.flush()


def ending(said, last):
    """Return what became of the first rank that failed, "" if mpirun does not say."""
    text = " ".join(" ".join(said).split())
    for pattern, words in ENDINGS:
        found = re.search(pattern, text)
        if found:
            own = last.get("".join(found.groups()[:1]), "")
            return words.format(*found.groups()) + (": " + own if own else "")
    return ""


def version_of(mpirun):
    """Return what it says of itself, "" for what is not Open MPI's."""
    said = subprocess.check_output([mpirun, "--version"]).decode(errors="replace")
    found = re.search(r"\(Open MPI\) (\S+)", said)
    return found.group(1) if found else ""


def main(command):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # What mpirun keeps in files is in this folder: nothing is left where it is killed.
    environment = dict(os.environ, TMPDIR=os.getcwd())
    try:
        version = version_of(command[0])
        tag = TAGS.get(version[:2])
        if not tag:
            said = "%s is %s; Open MPI 4 or 5 is wanted, put it first on the PATH"
            sys.exit(said % (command[0], version or "not Open MPI's"))
        mpirun = subprocess.Popen(command, env=environment, **pipes)
    except subprocess.CalledProcessError as error:
        sys.exit("%s --version exited with code %d" % (command[0], error.returncode))
    except OSError as error:
        sys.exit("%s: %s: is Open MPI on this node?" % (command[0], error.strerror))
    out = Output(mpirun.stdout, sys.stdout.buffer, tag)
    err = Output(mpirun.stderr, sys.stderr.buffer, tag)
    code = mpirun.wait()
    out.thread.join()
    err.thread.join()
    if code:
        print(ending(err.own, err.last) or "mpirun failed", file=sys.stderr)
    return code if code >= 0 else 128 - code


sys.exit(main(sys.argv[1:]))
'''
