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

    def __init__(self, layout: NodeLayout, host: str, options: NodeOptions) -> None:
        """Touch nothing yet."""
        self._layout = layout
        self._host = host
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

    def end_application(self, start: ContainerStart) -> None:
        """Collect the logs of an application and delete its folders.

        Logs that cannot be collected stay where they are.

        Args:
            start: Of one of its containers.
        """
        logs = self._layout.application_logs(start.application_id)
        if self._options.debug_delay_s <= 0:
            discard(self._layout.application(start.user, start.application_id))
        if not self._options.aggregate_logs:
            return
        try:
            self._aggregate(start)
        except (OSError, XLearningError) as error:
            _logger.warning("%s: logs not collected: %s", start.application_id, error)
        else:
            discard(logs)

    def _aggregate(self, start: ContainerStart) -> None:
        options = self._options
        target = LogFolder(
            options.remote_log_dir,
            start.user,
            start.application_id,
            options.log_suffix,
        )
        owner = LogOwner(
            user=start.user,
            node=f"{self._host}_{start.node_port}",
            acls=start.context.acls,
        )
        storage = self._storages(options.remote_log_dir)
        logs = self._layout.application_logs(start.application_id)
        aggregate(storage, target, logs, owner)
