"""A node's disk: what is made at its start, and goes with containers. Blocks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from xlearning.errors import XLearningError
from xlearning.io.aggregated_logs import LogFolder
from xlearning.io.storage import Storages
from xlearning.local.node import record
from xlearning.local.node.aggregation import LogOwner, aggregate
from xlearning.local.node.download import discard
from xlearning.local.node.layout import RECORD

if TYPE_CHECKING:
    from xlearning.local.node.layout import NodeLayout
    from xlearning.local.node.spec import ContainerStart, NodeOptions

_logger = logging.getLogger(__name__)

_UNFINISHED = ("filecache/*_tmp", "usercache/*/filecache/*_tmp")


class Housekeeping:
    """The folders of one node."""

    def __init__(self, layout: NodeLayout, options: NodeOptions) -> None:
        """Touch nothing yet."""
        self._layout = layout
        self._options = options
        self._storages = Storages(options.properties)

    def begin(self) -> list[ContainerStart]:
        """Make the node's folders, and return the containers of an earlier life.

        What is left of others is deleted. Files for everybody and for users stay: they
        are whole where they are.

        Raises:
            OSError: The disk is full, or somebody else's.
        """
        local, logs = self._layout.local_dir, self._layout.log_dir
        for folder in (local, local / "usercache", local / "filecache", logs):
            folder.mkdir(parents=True, exist_ok=True)
        private = local / "nmPrivate"
        private.mkdir(exist_ok=True)
        private.chmod(0o700)
        records = {folder: record.read(folder / RECORD) for folder in private.iterdir()}
        kept = [start for start in records.values() if start is not None]
        for folder, start in records.items():
            if start is None:
                discard(folder)
        self._discard_others(kept)
        return kept

    def _discard_others(self, kept: list[ContainerStart]) -> None:
        """Delete the working folders that are of none of these containers."""
        local = self._layout.local_dir
        applications = {start.application_id for start in kept}
        containers = {start.container_id for start in kept}
        for pattern in _UNFINISHED:
            for folder in local.glob(pattern):
                discard(folder)
        for folder in local.glob("usercache/*/appcache/*"):
            if folder.name not in applications:
                discard(folder)
        for folder in local.glob("usercache/*/appcache/*/container_*"):
            if folder.name not in containers:
                discard(folder)

    def end_container(self, start: ContainerStart) -> None:
        """Delete a container's folders, but not its logs."""
        folders = self._layout.container(start)
        discard(folders.work)
        discard(folders.private)

    def end_application(self, application_id: str) -> None:
        """Collect the logs of an application and delete its folders.

        Logs that cannot be collected stay where they are.
        """
        if self._options.debug_delay_s <= 0:
            pattern = f"usercache/*/appcache/{application_id}"
            for folder in self._layout.local_dir.glob(pattern):
                discard(folder)
        owner_file = self._layout.owner_file(application_id)
        if not self._options.aggregate_logs or not owner_file.exists():
            return
        try:
            owner = LogOwner.from_json(owner_file.read_text())
            self._aggregate(application_id, owner)
        except (OSError, XLearningError) as error:
            _logger.warning("%s: logs not collected: %s", application_id, error)
        else:
            discard(self._layout.application_logs(application_id))

    def _aggregate(self, application_id: str, owner: LogOwner) -> None:
        options = self._options
        target = LogFolder(
            options.remote_log_dir, owner.user, application_id, options.log_suffix
        )
        logs = self._layout.application_logs(application_id)
        aggregate(self._storages(options.remote_log_dir), target, logs, owner)
