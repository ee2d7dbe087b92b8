"""A node's disk: what is made at its start, and goes with containers. Blocks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from xlearning.errors import XLearningError
from xlearning.io.aggregated_logs import LogFolder
from xlearning.io.storage import Storages
from xlearning.local.node.aggregation import LogOwner, aggregate
from xlearning.local.node.download import discard

if TYPE_CHECKING:
    from xlearning.local.node.layout import NodeLayout
    from xlearning.local.node.spec import ContainerStart, NodeOptions

_logger = logging.getLogger(__name__)

_LEFT_OVER = (
    "nmPrivate",
    "filecache/*_tmp",
    "usercache/*/appcache",
    "usercache/*/filecache/*_tmp",
)


class Housekeeping:
    """The folders of one node."""

    def __init__(self, layout: NodeLayout, options: NodeOptions) -> None:
        """Touch nothing yet."""
        self._layout = layout
        self._options = options
        self._storages = Storages(options.properties)

    def begin(self) -> None:
        """Make the node's folders, and delete what an earlier life left of containers.

        Files for everybody and for users stay: they are whole where they are.

        Raises:
            OSError: The disk is full, or somebody else's.
        """
        local, logs = self._layout.local_dir, self._layout.log_dir
        for folder in (local, local / "usercache", local / "filecache", logs):
            folder.mkdir(parents=True, exist_ok=True)
        for pattern in _LEFT_OVER:
            for folder in local.glob(pattern):
                discard(folder)
        (local / "nmPrivate").mkdir(mode=0o700)

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
