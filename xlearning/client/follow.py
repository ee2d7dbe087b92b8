"""Follows a job to its end: looks, waits, and does what `watch` decides."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, assert_never

from xlearning.client.master_api import MasterApi
from xlearning.client.watch import (
    Stopping,
    Watch,
    decide,
    pause_s,
)
from xlearning.client.watch_events import (
    Action,
    Answered,
    Ask,
    AskMaster,
    ClusterLost,
    Draw,
    Event,
    HungUp,
    Interrupted,
    JobUnknown,
    Kill,
    Leave,
    PageLost,
    ReportSeen,
    Say,
    SnapshotSeen,
    StopRefused,
)
from xlearning.errors import ClusterError, ConnectionLost

if TYPE_CHECKING:
    from xlearning.client.interrupts import Interrupts, Pressed
    from xlearning.client.screen import Screen
    from xlearning.hadoop.rest import ResourceManagerRest


NOT_FOUND = 404
SERVER_ERROR = 500
"""From here on a status of HTTP is the server's trouble, which may pass."""


class Follower:
    """One client that follows one job."""

    def __init__(self, watch: Watch, rest: ResourceManagerRest, screen: Screen) -> None:
        """Follow the job of `watch` and show it on `screen`."""
        self._watch = watch
        self._rest = rest
        self._screen = screen
        self._tracking_url = ""
        self._leave: Leave | None = None

    def run(self, interrupts: Interrupts) -> Leave:
        """Look until the job ends or the user leaves; say why it is over.

        Raises:
            ClusterError: The ResourceManager does not know the job any more.
        """
        try:
            while True:
                self._look()
                if self._leave is not None:
                    return self._leave
                self._wait(interrupts)
        finally:
            self._screen.close()

    def _look(self) -> None:
        """Ask the ResourceManager, and the ApplicationMaster where there is one."""
        try:
            report = self._rest.application(self._watch.application_id)
        except ConnectionLost as error:
            self._feed(ClusterLost(error.message))
            return
        except ClusterError as error:
            status = getattr(error, "status", 0)
            if status == NOT_FOUND and self._watch.report is not None:
                self._feed(JobUnknown(error.message))
            elif status < SERVER_ERROR:
                raise
            else:
                self._feed(ClusterLost(error.message))
            return
        self._feed(ReportSeen(report))
        if report.state != "RUNNING" or self._leave is not None:
            return
        self._tracking_url = report.tracking_url
        try:
            snapshot = self._master().snapshot(self._watch.message)
        except (ConnectionLost, ClusterError) as error:
            self._feed(PageLost(error.message))
        else:
            self._feed(SnapshotSeen(snapshot))

    def _wait(self, interrupts: Interrupts) -> None:
        """Pause until the next look; what the user does ends the pause."""
        until = time.monotonic() + pause_s(self._watch)
        while self._leave is None:
            left = until - time.monotonic()
            if left <= 0:
                return
            asking = self._watch.stopping is Stopping.ASKING_USER
            self._take(interrupts.wait(left, keyboard=asking))

    def _take(self, pressed: Pressed) -> None:
        for number in pressed.signals:
            interrupted = number == signal.SIGINT
            self._feed(Interrupted() if interrupted else HungUp(number.name))
        if pressed.line is not None:
            yes = pressed.line.strip().lower() in ("y", "yes")
            self._feed(Answered(yes))

    def _feed(self, event: Event) -> None:
        for action in decide(self._watch, event, time.monotonic()):
            self._perform(action)

    def _perform(self, action: Action) -> None:
        match action:
            case Say(text):
                self._screen.say(text)
            case Draw(progress, text):
                if self._watch.stopping is not Stopping.ASKING_USER:
                    self._screen.draw(progress, text)
            case Ask():
                self._screen.ask()
            case AskMaster(reason):
                self._ask_master(reason)
            case Kill(reason):
                self._kill(reason)
            case Leave():
                self._leave = action
            case _:
                assert_never(action)

    def _master(self) -> MasterApi:
        return MasterApi(self._rest, self._tracking_url)

    def _ask_master(self, reason: str) -> None:
        try:
            self._master().stop(reason)
        except (ConnectionLost, ClusterError) as error:
            self._feed(StopRefused(error.message))

    def _kill(self, reason: str) -> None:
        try:
            self._rest.kill(self._watch.application_id, reason)
        except ConnectionLost as error:
            self._feed(ClusterLost(error.message))
