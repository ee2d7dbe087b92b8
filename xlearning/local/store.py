"""Where the ResourceManager's memory goes: files in the home, at every change."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from xlearning.local import memory

if TYPE_CHECKING:
    from xlearning.local.applications import Application
    from xlearning.local.cluster import Cluster
    from xlearning.local.home import Home

LOG = logging.getLogger(__name__)


class Store(Protocol):
    """What remembers a cluster across restarts."""

    def application(self, application: Application) -> None:
        """Remember an application."""

    def tokens(self, cluster: Cluster) -> None:
        """Remember the keys of tokens."""

    def retry(self) -> None:
        """Write what could not be written before."""


class NoStore:
    """Remembers nothing."""

    def application(self, application: Application) -> None:
        """Forget an application."""

    def tokens(self, cluster: Cluster) -> None:
        """Forget the keys of tokens."""

    def retry(self) -> None:
        """Do nothing."""


class HomeStore:
    """Remembers in a home; what a full disk does not take is tried again."""

    def __init__(self, home: Home) -> None:
        """Write nothing yet."""
        self._home = home
        self._unwritten: dict[str, Application] = {}
        self._tokens_of: Cluster | None = None

    def application(self, application: Application) -> None:
        """Remember an application."""
        try:
            self._home.save(memory.remember(application))
            self._unwritten.pop(application.id, None)
        except OSError as error:
            if application.id not in self._unwritten:
                LOG.warning("%s cannot be written down: %s", application.id, error)
            self._unwritten[application.id] = application

    def tokens(self, cluster: Cluster) -> None:
        """Remember the keys of tokens."""
        saved = memory.remember_tokens(cluster.tokens, cluster.rolled_ms)
        try:
            self._home.save_tokens(saved)
            self._tokens_of = None
        except OSError as error:
            if self._tokens_of is None:
                LOG.warning("the keys of tokens cannot be written down: %s", error)
            self._tokens_of = cluster

    def retry(self) -> None:
        """Write what could not be written before."""
        for application in list(self._unwritten.values()):
            self.application(application)
        if self._tokens_of is not None:
            self.tokens(self._tokens_of)
