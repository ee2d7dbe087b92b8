"""One attempt of the ApplicationMaster: who is made when, and who ends whom."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from typing import TYPE_CHECKING

from xlearning.am.driver import Clock, Driver
from xlearning.am.events import Registered, Terminated
from xlearning.am.hands import FirstHands
from xlearning.am.journal_writer import AttemptLost, DurableJournal, JournalWriter
from xlearning.am.overview import progress
from xlearning.am.rm_heartbeat import RmHeartbeat
from xlearning.am.state import new_state
from xlearning.errors import XLearningError
from xlearning.job.environment import JOURNAL_FILE
from xlearning.job.states import JobPhase, Outcome

if TYPE_CHECKING:
    from xlearning.am.shells import Shells
    from xlearning.am.surroundings import Surroundings

logger = logging.getLogger(__name__)


class ApplicationMaster:
    """One attempt."""

    def __init__(self, given: Surroundings) -> None:
        """Prepare an attempt; nothing is opened yet."""
        self._given = given
        self._clock = Clock()

    async def run(self) -> int:
        """Run the job; return the exit code.

        Raises:
            XLearningError: The ResourceManager could not be reached or refused us.
        """
        journal_path = self._given.log_dir / JOURNAL_FILE
        with _listen() as page_socket, journal_path.open("ab") as file:
            url = f"http://{self._given.host}:{page_socket.getsockname()[1]}/"
            journal = JournalWriter(file, self._durable_journal())
            return await self._run(journal, page_socket, url)

    def _durable_journal(self) -> DurableJournal | None:
        """Return the journal that a later attempt finds, None if none may follow."""
        given = self._given
        if given.spec.max_attempts <= 1:
            return None
        return DurableJournal(given.storages, given.spec.staging_url, given.attempt)

    async def _run(
        self, journal: JournalWriter, page_socket: socket.socket, url: str
    ) -> int:
        state = new_state(self._given.spec, self._clock())
        driver = Driver(state, self._clock, journal)
        async with self._given.resource_manager() as protocol:
            heartbeat = RmHeartbeat(
                protocol,
                self._given.spec.roles,
                driver.emit,
                host=self._given.host,
                tracking_url=url,
                idle_s=self._given.spec.options.rm_heartbeat_s,
            )
            registration = await heartbeat.register()
            types = registration.resource_types
            kept = tuple(str(container.id) for container in registration.containers)
            driver.emit(Registered(self._given.attempt, types, kept))
            try:
                await self._work(driver, journal, heartbeat, page_socket)
            except BaseExceptionGroup as error:
                journal.abandon()
                if driver.state.phase is not JobPhase.ENDED:
                    await self._fail(_root(error), heartbeat)
                    return 1
                logger.warning("after the job's end: %r", _root(error))
        verdict = driver.state.verdict
        return 0 if verdict and verdict.outcome is Outcome.SUCCEEDED else 1

    async def _fail(self, error: BaseException, heartbeat: RmHeartbeat) -> None:
        """End badly: a later attempt goes on, if there may be one."""
        logger.error("the ApplicationMaster failed", exc_info=error)
        if isinstance(error, AttemptLost):
            return
        if self._given.attempt < self._given.spec.max_attempts:
            return
        words = str(error) if isinstance(error, XLearningError) else repr(error)
        reason = f"the ApplicationMaster failed: {words}"
        await heartbeat.unregister(Outcome.FAILED, reason)

    async def _work(
        self,
        driver: Driver,
        journal: JournalWriter,
        heartbeat: RmHeartbeat,
        page_socket: socket.socket,
    ) -> None:
        """Run the job; containers are asked for before the rest is imported.

        The thread that imports would delay the first heartbeat by a tenth of a second,
        and with it often by a whole heartbeat of a NodeManager. A later attempt has
        containers; it has to know of them before anything is decided.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, driver.emit, Terminated())
        hands = FirstHands(heartbeat)
        if self._given.attempt == 1:
            await driver.step(hands)
            await heartbeat.beat()

        async def open_shells() -> Shells:
            shells = await asyncio.to_thread(
                self._build_shells, driver, heartbeat, page_socket
            )
            heartbeat.progress = lambda: progress(driver.state, shells.agents.telemetry)
            await shells.open(group)
            await opening_journal
            hands.join(shells.hands(group))
            return shells

        async with asyncio.TaskGroup() as group:
            beating = group.create_task(heartbeat.run())
            opening_journal = group.create_task(journal.open())
            opening = group.create_task(open_shells())
            if self._given.attempt > 1:
                driver.take_over(await opening_journal)
            await driver.run(hands)
            await (await opening).close()
            await journal.close()
            beating.cancel()

    def _build_shells(
        self, driver: Driver, heartbeat: RmHeartbeat, page_socket: socket.socket
    ) -> Shells:
        """Import what is heavy and not needed to register, in a thread."""
        from xlearning.am.shells import build

        return build(
            self._given,
            driver,
            self._clock,
            heartbeat=heartbeat,
            page_socket=page_socket,
        )


def _root(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _listen() -> socket.socket:
    """Bind and listen on a free port, so that nobody who comes early is refused."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("0.0.0.0", 0))
    bound.listen(128)
    bound.setblocking(False)
    return bound
