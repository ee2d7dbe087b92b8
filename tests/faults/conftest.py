"""An HDFS of our own, whose daemons may be hurt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from xlearning.cluster.cluster import Cluster
from xlearning.cluster.spec import ClusterSpec
from xlearning.config.site import load_hadoop
from xlearning.io.storage import Storage, Storages

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hurt(NamedTuple):
    """A cluster and its file system.

    Attributes:
        cluster: Has one NameNode and one DataNode.
        storages: As its superuser.
    """

    cluster: Cluster
    storages: Storages

    @property
    def storage(self) -> Storage:
        """Its HDFS."""
        return self.storages("/")


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hurt]:
    """The cluster, up."""
    cluster = Cluster(tmp_path_factory.mktemp("hurt"))
    try:
        cluster.up(ClusterSpec(nodes=1, datanodes=1))
        yield Hurt(cluster, Storages(load_hadoop(cluster.conf_dir, os.environ)))
    finally:
        cluster.down(wipe=True)
