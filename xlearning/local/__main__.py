"""`python -m xlearning.local HOME SPEC`: the server's process; SPEC is JSON."""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
from pathlib import Path

import msgspec

from xlearning.errors import XLearningError
from xlearning.local.home import Home, LocalSpec
from xlearning.local.server import LocalServer

LOG = logging.getLogger("xlearning.local")


def main() -> int:
    """Serve; return the exit code."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    home = Home(Path(sys.argv[1]))
    spec = msgspec.json.decode(sys.argv[2], type=LocalSpec)
    try:
        asyncio.run(LocalServer(home, spec).run())
    except XLearningError as error:
        sys.stderr.write(f"error: {error}\n")
        if error.hint:
            sys.stderr.write(f"hint: {error.hint}\n")
        return error.exit_code
    except Exception:
        LOG.exception("the local cluster failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
