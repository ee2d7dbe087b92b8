from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.cluster.site import Site


def test_nodemanagers_have_names_of_their_own(site: Site) -> None:
    node, master = site.spec.daemon("nm2"), site.spec.daemon("rm")
    assert site.host(node) == "nm2"
    assert site.host(master) == "127.0.0.1"
    assert site.address(node, "http") == f"nm2:{site.port(node, 'http')}"


def test_a_datanode_counts_as_being_on_the_node_of_its_number(
    site_of: Callable[[ClusterSpec], Site],
) -> None:
    site = site_of(ClusterSpec(nodes=1, datanodes=2))
    first, second = site.spec.daemon("datanode1"), site.spec.daemon("datanode2")
    assert (site.node(first), site.node(second)) == ("nm1", "127.0.0.1")
    assert site.host(first) == "127.0.0.1"
    assert site.address(first, "http").startswith("nm1:")
    assert site.address(first, "data").startswith("127.0.0.1:")


def test_without_names_all_are_on_one_host(site: Site) -> None:
    plain = replace(site, own_host_names=False)
    assert plain.host(site.spec.daemon("nm2")) == "127.0.0.1"
