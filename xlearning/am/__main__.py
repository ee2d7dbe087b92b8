"""`python -m xlearning.am`: builds the ApplicationMaster and runs it.

The order is what makes it fast: a plain socket for the page is bound and registered
with the ResourceManager first; what is heavy (gRPC, the web server) is imported while
the ResourceManager already looks for containers, and the web server adopts the socket.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import sys

from xlearning.am.master import ApplicationMaster
from xlearning.am.surroundings import Surroundings
from xlearning.errors import XLearningError

logger = logging.getLogger("xlearning.am")

GC_THRESHOLDS = (20_000, 20, 20)
"""A large job has millions of objects that live to its end. With Python's defaults more
than a tenth of the processor time at 5,000 agents goes into looking at them again."""


def main() -> int:
    """Run one attempt; return the exit code."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        master = ApplicationMaster(Surroundings.of_this_process())
        return asyncio.run(master.run())
    except XLearningError as error:
        logger.error("error: %s", error)  # noqa: TRY400 - the user's words suffice
        if error.hint:
            logger.error("hint: %s", error.hint)  # noqa: TRY400
        return error.exit_code
    except Exception:
        logger.exception("the ApplicationMaster failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
