"""Carries out one order of a stream: `python -m xlearning.io.streams ORDER NEWS`.

Both arguments are descriptors. Records go to stdout, or come from stdin. The exit code
is 0 when the last news is no failure.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, assert_never

from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.storage import Storages
from xlearning.io.streams.collect import collect
from xlearning.io.streams.feed import feed
from xlearning.io.streams.orders import (
    Collect,
    Failed,
    Feed,
    Made,
    MakeSplits,
    decode_order,
    encode,
)
from xlearning.io.streams.splitting import splits_here
from xlearning.job.environment import SOURCE_LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.streams.orders import News, Order

logger = logging.getLogger("xlearning.io.streams")

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(order_fd: int, news_fd: int) -> int:
    """Carry out the order and tell how it ended."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    # The user's own formats are looked for after all that is ours.
    sys.path += [os.getcwd(), os.path.join(os.getcwd(), SOURCE_LINK)]
    with os.fdopen(order_fd, "rb") as pipe:
        order = decode_order(pipe.read())
    # What a format or its JVM prints is no record: it goes to the log.
    stdout = os.dup(1)
    os.dup2(2, 1)
    news_fd = stdout if news_fd == 1 else news_fd

    def tell(news: News) -> None:
        data = encode(news)
        while data:
            data = data[os.write(news_fd, data) :]

    last: News
    try:
        last = carry_out(order, stdout, tell)
    except (XLearningError, OSError) as error:
        hint, away = getattr(error, "hint", None), isinstance(error, ConnectionLost)
        last = Failed(str(error), hint or "", may_pass=away)
    except Exception as error:
        logger.exception("`%s` failed", order.setup.format)
        last = Failed(f"`{order.setup.format}` raised {type(error).__name__}: {error}")
    tell(last)
    return 1 if isinstance(last, Failed) else 0


def carry_out(order: Order, stdout: int, tell: Callable[[News], None]) -> News:
    """Do what is to be done and return the last news."""
    properties, user = order.setup.settings.properties, order.setup.user
    storages = Storages(properties, user)
    match order:
        case MakeSplits():
            return Made(splits_here(order, storages))
        case Feed():
            return feed(order, storages, stdout, tell)
        case Collect():
            return collect(order, storages, 0, tell)
        case _:
            assert_never(order)


if __name__ == "__main__":
    code = main(int(sys.argv[1]), int(sys.argv[2]))
    # A JVM, or threads of a library, may still run: do not wait for them.
    os._exit(code)
