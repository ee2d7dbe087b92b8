"""Starts the agent of one container: `python -m xlearning.container`.

Its exit code, which YARN shows, is the trainer's; 0 also when the ApplicationMaster
stopped the trainer; 70 when the agent itself failed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from xlearning.container import keeper, process_tree
from xlearning.container.agent import Agent, Surroundings
from xlearning.container.gpus import NvmlDevices
from xlearning.container.identity import read_identity
from xlearning.container.place import Place, read_place
from xlearning.container.process_tree import ProcessTree
from xlearning.container.signals import SignalQueue
from xlearning.errors import XLearningError

logger = logging.getLogger("xlearning.container")

EXIT_FAILED = 70
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main() -> int:
    """Run the agent and return its exit code."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    signals = SignalQueue()
    tree: ProcessTree | None = None
    try:
        place = read_place(os.environ)
        tree = ProcessTree(start_keeper(place))
        process_tree.become_subreaper()
        return asyncio.run(_run(place, signals, tree))
    except XLearningError as error:
        logger.critical("%s", error)
        return error.exit_code
    except Exception:
        logger.exception("the agent failed")
        return EXIT_FAILED
    finally:
        if tree is not None:
            tree.signal(signal.SIGKILL)
        logging.shutdown()


async def _run(place: Place, signals: SignalQueue, tree: ProcessTree) -> int:
    surroundings = Surroundings(
        place=place,
        identity=read_identity(place, os.getpid()),
        folder=Path.cwd(),
        devices=NvmlDevices(),
        signals=signals,
        tree=tree,
    )
    return await Agent(surroundings).run()


def start_keeper(place: Place) -> int:
    """Start the process that ends what a killed agent leaves, and return its id.

    Our end of its stdin is never closed: the kernel closes it, however we end.
    """
    out, _ = os.pipe()
    spared = [str(pid) for pid in keeper.ancestors(os.getpid())]
    arguments = ["-I", "-S", keeper.__file__, place.container_id, *spared]
    process = subprocess.Popen([sys.executable, *arguments], stdin=out)
    os.close(out)
    process.returncode = 0  # nobody waits for it: it outlives us
    return process.pid


if __name__ == "__main__":
    code = main()
    # Threads of a transfer that was given up may still run: do not wait for them.
    os._exit(code)
