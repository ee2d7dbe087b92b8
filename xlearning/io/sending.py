"""One local file on its way to a storage; what broke off goes on where it can.

A file on HDFS keeps what its lost writer wrote. Its lease is recovered, so that its
length counts, and what is there is read and compared with the local file: nobody else
vouches for it. The rest is appended. A part that differs is no part of it: the file
begins anew, as small ones do, and all of them on storages where files do not grow.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.errors import XLearningError
from xlearning.io.storage import CHUNK_BYTES
from xlearning.io.transfer import Tally, TransferFailed, persist_or_fail

if TYPE_CHECKING:
    import threading
    from pathlib import Path
    from typing import BinaryIO

    from xlearning.io.storage import Storage, Writer
    from xlearning.io.transfer import Meter, Retrying

logger = logging.getLogger(__name__)

WORTH_BYTES = 4 << 20
"""Smaller files are sent again sooner than they are compared."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent.

    Attributes:
        source: The local file.
        size: Its size when the order was given.
        target: Its URL.
        mode: The permission bits that it gets.
        overwrite: Whether a file that is there is replaced.
    """

    source: Path
    size: int
    target: str
    mode: int
    overwrite: bool


class Sending:
    """One file, sent by any number of tries, one after the other."""

    def __init__(
        self, order: Order, storage: Storage, meter: Meter, stop: threading.Event
    ) -> None:
        """Touch nothing yet.

        Args:
            order: What is to be sent.
            storage: Where to.
            meter: Told the bytes that are there, those that were kept too.
            stop: Set from outside to end early.
        """
        self._order = order
        self._storage = storage
        self._stop = stop
        self._tally = Tally(meter, stop)
        self._grows = storage.files_grow and order.size > WORTH_BYTES
        self._begun = False

    def send(self, retrying: Retrying, failed: str) -> None:
        """Send all of it, with retries.

        Args:
            retrying: How often, and how long, it is tried again.
            failed: What is said first when it fails, with the file's name in it.

        Raises:
            TransferFailed: It cannot be sent; nothing of it is left, if possible.
            TransferStopped: It was ended from outside.
        """
        try:
            persist_or_fail(self.go_on, retrying, self._stop, failed, self.position)
        except TransferFailed:
            self.give_up()
            raise

    def position(self) -> int:
        """Return how far it is."""
        return self._tally.count

    def go_on(self) -> None:
        """Send what is missing; the part that is there stays if this breaks off.

        Raises:
            OSError: The file system refused.
            XLearningError: It did not answer, or was told to stop.
        """
        self._tally.take_back()
        if self._grows:
            self._send_rest()
        else:
            self._send_all()

    def give_up(self) -> None:
        """Take back what is there; raises nothing."""
        self._tally.take_back()
        if self._begun:
            with suppress(OSError, XLearningError):
                self._storage.delete(self._order.target)

    def _send_all(self) -> None:
        order = self._order
        self._storage.put(
            order.source,
            order.target,
            mode=order.mode,
            overwrite=order.overwrite,
            progress=self._tally.add,
        )

    def _send_rest(self) -> None:
        order = self._order
        with order.source.open("rb") as file:
            if self._begun and self._has_begun_well(file):
                if self._tally.count == os.fstat(file.fileno()).st_size:
                    return
                writer = self._storage.reopen(order.target)
            else:
                writer = self._create()
                file.seek(0)
            while data := file.read(CHUNK_BYTES):
                writer.write(data)
                self._tally.add(len(data))
            writer.close()

    def _create(self) -> Writer:
        order = self._order
        self._tally.take_back()
        overwrite = order.overwrite or self._begun
        writer = self._storage.create(order.target, order.mode, overwrite)
        self._begun = True
        return writer

    def _has_begun_well(self, file: BinaryIO) -> bool:
        """Say whether what is there is how the local file begins, and go to its end."""
        target = self._order.target
        try:
            self._storage.recover(target)
            with self._storage.open(target) as part:
                while data := part.read(CHUNK_BYTES):
                    if file.read(len(data)) != data:
                        logger.warning("`%s` begins anew: its part differs", target)
                        return False
                    self._tally.add(len(data))
        except FileNotFoundError:
            return False
        logger.info("`%s` goes on at byte %d", target, self._tally.count)
        return self._tally.count > 0
