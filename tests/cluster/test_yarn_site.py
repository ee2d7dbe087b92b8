from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.cluster.spec import ClusterSpec, NodeLabel, Queue
from xlearning.cluster.yarn_site import capacity_scheduler, resource_types, yarn_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.cluster.site import Site

QUEUES = (Queue("prod", 62.5), Queue("dev", 37.5))


def test_nodes_have_what_was_asked_for(
    site_of: Callable[[ClusterSpec], Site],
) -> None:
    spec = ClusterSpec(node_memory_mb=2048, node_cores=3, gpus_per_node=5)
    found = yarn_site(site_of(spec))
    assert found["yarn.nodemanager.resource.memory-mb"] == "2048"
    assert found["yarn.nodemanager.resource.cpu-vcores"] == "3"
    assert found["yarn.nodemanager.resource-type.yarn.io/gpu"] == "5"
    assert found["yarn.scheduler.maximum-allocation-mb"] == "2048"
    assert found["yarn.scheduler.maximum-allocation-vcores"] == "3"
    assert resource_types() == {"yarn.resource-types": "yarn.io/gpu"}


def test_memory_limits_hold(site: Site) -> None:
    """What YARN calls "enforced" switches its own check off."""
    found = yarn_site(site)
    assert found["yarn.nodemanager.resource.memory.enforced"] == "false"
    assert found["yarn.nodemanager.pmem-check-enabled"] == "true"


def test_heartbeat_and_kill_delay_are_yarns_own(site: Site) -> None:
    found = yarn_site(site)
    assert "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms" not in found
    assert "yarn.nodemanager.sleep-delay-before-sigkill.ms" not in found


def test_ports_tell_nodes_apart_where_names_do_not(site: Site) -> None:
    key = "yarn.scheduler.include-port-in-node-name"
    assert yarn_site(site)[key] == "false"
    assert yarn_site(replace(site, own_host_names=False))[key] == "true"


def test_queues_have_their_shares(site_of: Callable[[ClusterSpec], Site]) -> None:
    found = capacity_scheduler(site_of(ClusterSpec(queues=QUEUES)))
    assert found["yarn.scheduler.capacity.root.queues"] == "prod,dev"
    assert found["yarn.scheduler.capacity.root.prod.capacity"] == "62.5"
    assert found["yarn.scheduler.capacity.root.dev.maximum-capacity"] == "100"
    assert not any("label" in key for key in found)


def test_queues_share_labelled_nodes_in_the_same_way(
    site_of: Callable[[ClusterSpec], Site],
) -> None:
    spec = ClusterSpec(queues=QUEUES, labels=(NodeLabel("gpu", (2,)),))
    found = capacity_scheduler(site_of(spec))
    root = "yarn.scheduler.capacity.root."
    assert found[root + "accessible-node-labels.gpu.capacity"] == "100"
    assert found[root + "prod.accessible-node-labels"] == "gpu"
    assert found[root + "prod.accessible-node-labels.gpu.capacity"] == "62.5"
    assert yarn_site(site_of(spec))["yarn.node-labels.enabled"] == "true"
    assert "yarn.node-labels.enabled" not in yarn_site(site_of(ClusterSpec()))
