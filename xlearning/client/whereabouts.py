"""Finds the nodes that hold a job's input, while its files are being staged.

The first ask of the ApplicationMaster for containers can then say where they are
wanted; it would be too late to look for that when the job has started. Nobody waits for
this: what is not known by the end of the staging is not told.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from xlearning.errors import XLearningError
from xlearning.io.block_locations import locate
from xlearning.io.listing import list_input, listing_options
from xlearning.job.spec import InputHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xlearning.hadoop.reports import ClusterNode
    from xlearning.io.storage import StorageLookup
    from xlearning.job.spec import JobSpec

logger = logging.getLogger(__name__)


def input_hosts(
    job: JobSpec,
    hadoop: Mapping[str, str],
    storages: StorageLookup,
    nodes: Callable[[], Iterable[ClusterNode]],
) -> tuple[InputHost, ...]:
    """Return the NodeManagers' hosts that hold input, nothing where nobody knows.

    Args:
        job: The job.
        hadoop: Hadoop's properties, resolved.
        storages: Finds the file system of a URL.
        nodes: Asks the ResourceManager for its nodes.
    """
    if not job.inputs or not job.data.near_input:
        return ()
    try:
        files = list_input(job.inputs, storages, listing_options(job.data))
        near = locate(files, hadoop, job.user)
        known = nodes() if near.files else ()
    except (XLearningError, OSError) as error:  # the job itself will tell, if it has to
        logger.debug("nobody knows where the input is: %s", error)
        return ()
    amounts: Counter[str] = Counter()
    for there in near.files.values():
        amounts.update(there)
    whole = sum(file.length for file in files if file.uri in near.files)
    return tuple(
        InputHost(node.host, node.rack, amounts[node.host] / whole)
        for node in known
        if amounts[node.host]
    )
