from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.hdfs_site import core_site, hdfs_site
from xlearning.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.cluster.site import Site


def test_clients_find_the_namenode_where_it_listens(site: Site) -> None:
    address = hdfs_site(site)["dfs.namenode.rpc-address"]
    assert core_site(site)["fs.defaultFS"] == f"hdfs://{address}"


def test_values_are_literal(site: Site) -> None:
    """hdfs-native does not resolve `${…}`."""
    values = [*core_site(site).values(), *hdfs_site(site).values()]
    assert not any("$" in value for value in values)


def test_hdfs_asks_for_permissions(site: Site) -> None:
    assert hdfs_site(site)["dfs.permissions.enabled"] == "true"
    assert hdfs_site(site)["dfs.permissions.superusergroup"] == "tester"
    assert core_site(site)["hadoop.proxyuser.tester.hosts"] == "*"


@pytest.mark.parametrize(("datanodes", "copies"), [(1, "1"), (2, "2"), (5, "3")])
def test_there_are_no_more_copies_than_datanodes(
    site_of: Callable[[ClusterSpec], Site], datanodes: int, copies: str
) -> None:
    spec = ClusterSpec(datanodes=datanodes)
    assert hdfs_site(site_of(spec))["dfs.replication"] == copies
