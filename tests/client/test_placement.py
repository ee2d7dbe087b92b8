from __future__ import annotations

from xlearning.client.placement import MOST_HOSTS, hosts_for, with_hosts
from xlearning.hadoop.reports import ClusterNode
from xlearning.hadoop.resource import Resource
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, Placement, RoleHost, RoleSpec, RuntimeSpec


def node(host: str, free_mb: int, gpus: int = 0, state: str = "RUNNING") -> ClusterNode:
    return ClusterNode(
        node_id=f"{host}:1",
        host=host,
        http_address="",
        rack="/r",
        state=state,
        total=Resource(4096, 4, gpus),
        used=Resource(4096 - free_mb, 0, 0),
        containers=0,
    )


def role(
    count: int, placement: Placement | None, memory_mb: int = 1024, gpus: int = 0
) -> RoleSpec:
    size = Resources(memory_mb, 1, gpus)
    return RoleSpec("w", count, size, ("run",), placement=placement)


def counts(found: tuple[RoleHost, ...]) -> dict[str, int]:
    return {host.name: host.count for host in found}


NODES = [node("a", 1024), node("b", 4096), node("c", 2048)]


def test_a_role_is_spread_over_all_hosts_the_emptiest_first() -> None:
    assert counts(hosts_for(role(2, Placement.SPREAD), NODES)) == {"b": 1, "c": 1}
    assert counts(hosts_for(role(5, Placement.SPREAD), NODES)) == {
        "b": 2,
        "c": 2,
        "a": 1,
    }
    assert hosts_for(role(1, Placement.SPREAD), NODES) == (RoleHost("b", "/r", 1),)


def test_a_role_is_packed_onto_the_fewest_hosts() -> None:
    assert counts(hosts_for(role(3, Placement.PACK), NODES)) == {"b": 3}
    assert counts(hosts_for(role(5, Placement.PACK), NODES)) == {"b": 4, "c": 1}
    assert counts(hosts_for(role(99, Placement.PACK), NODES)) == {
        "b": 4,
        "c": 2,
        "a": 1,
    }


def test_devices_count_where_they_are_asked_for() -> None:
    nodes = [node("a", 4096), node("b", 4096, gpus=2)]
    packed = hosts_for(role(3, Placement.PACK, gpus=1), nodes)
    assert counts(packed) == {"b": 2}


def test_several_nodemanagers_on_one_host_are_one() -> None:
    nodes = [node("a", 1024), node("a", 1024), node("b", 1024)]
    assert counts(hosts_for(role(2, Placement.PACK), nodes)) == {"a": 2}


def test_there_may_be_no_host() -> None:
    assert hosts_for(role(2, Placement.SPREAD), []) == ()
    assert hosts_for(role(2, Placement.PACK), [node("a", 0)]) == ()


def test_not_all_hosts_of_a_large_cluster_are_named() -> None:
    nodes = [node(f"n{number:04}", 4096) for number in range(MOST_HOSTS + 100)]
    assert len(hosts_for(role(1000, Placement.SPREAD), nodes)) == MOST_HOSTS


def test_only_roles_with_a_placement_get_hosts_and_only_of_running_nodes() -> None:
    job = JobSpec(
        application_id="",
        name="",
        application_type="X",
        user="",
        queue="",
        priority=0,
        am=Resources(1, 1),
        roles=(role(1, None), role(3, Placement.SPREAD)),
        staging_url="",
        runtime=RuntimeSpec(""),
        default_fs="",
    )
    found = with_hosts(job, [node("a", 1024), node("b", 1024, state="LOST")])
    assert found.roles[0].hosts == ()
    assert counts(found.roles[1].hosts) == {"a": 3}
