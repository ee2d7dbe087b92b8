from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.preparation import (
    Folder,
    first_folders,
    make_folders,
    set_node_labels,
)
from xlearning.cluster.readiness import Readiness
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from xlearning.cluster.site import Site


def test_users_have_homes_and_share_a_folder_for_temporary_files() -> None:
    folders = first_folders("root")
    assert Folder("/tmp", "1777", "root") in folders
    assert Folder("/user/alice", "755", "alice") in folders
    assert len({folder.path for folder in folders}) == len(folders)
    assert Folder("/user/ann", "755", "ann") in first_folders("ann")


def test_parents_come_first() -> None:
    paths = [folder.path for folder in first_folders("root")]
    assert paths.index("/tmp") < paths.index("/tmp/logs")
    assert paths.index("/user") < paths.index("/user/root")


def test_a_namenode_that_is_gone_is_told_of(site: Site) -> None:
    with pytest.raises(ClusterError, match=r"GET http://.*/webhdfs/v1/tmp"):
        make_folders(site, Readiness(site))


def test_without_labels_nobody_is_asked(site: Site) -> None:
    set_node_labels(site, Readiness(site), site.spec.daemons)
