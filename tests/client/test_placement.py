from __future__ import annotations

from dataclasses import replace as replace_node

import pytest
from msgspec.structs import replace

from xlearning.client.placement import (
    HANDLER,
    MOST_HOSTS,
    SCHEDULER,
    hosts_for,
    parse_attributes,
    placed,
    takes_constraints,
)
from xlearning.errors import ConfigError
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


def job_of(*roles: RoleSpec) -> JobSpec:
    return JobSpec(
        application_id="",
        name="",
        application_type="X",
        user="",
        queue="",
        priority=0,
        am=Resources(1, 1),
        roles=roles,
        staging_url="",
        runtime=RuntimeSpec(""),
        default_fs="",
    )


def like(
    *attributes: str, placement: Placement | None = None, label: str = ""
) -> RoleSpec:
    """Return a role whose nodes must be like this."""
    return replace(
        role(2, placement),
        attributes=parse_attributes("w", attributes),
        node_label=label,
    )


DISK = "rm.yarn.io/disk"
LIKE = [
    replace_node(node("a", 1024), attributes=((DISK, "ssd"), ("nm.yarn.io/os", "x"))),
    replace_node(node("b", 4096), attributes=((DISK, "hdd"), ("nm.yarn.io/os", "x"))),
    replace_node(node("c", 2048), attributes=((DISK, "ssd"),), labels=("gpu",)),
]


def test_only_roles_with_a_placement_get_hosts_and_only_of_running_nodes() -> None:
    nodes = [node("a", 1024), node("b", 1024, state="LOST")]
    job = job_of(role(1, None), role(3, Placement.SPREAD))
    found = placed(job, nodes, constraints=False).job
    assert found.roles[0] == job.roles[0]
    assert counts(found.roles[1].hosts) == {"a": 3}
    assert not found.roles[1].constrained


def test_where_yarn_takes_constraints_no_host_is_named() -> None:
    job = job_of(role(1, None), role(3, Placement.PACK), like("disk=ssd"))
    found = placed(job, LIKE, constraints=True).job.roles
    assert [each.constrained for each in found] == [False, True, True]
    assert not any(each.hosts for each in found)
    assert [str(each) for each in found[2].attributes] == [f"{DISK}=ssd"]


def test_roles_beside_an_exclusive_one_are_placed_too() -> None:
    job = job_of(role(1, None), role(2, Placement.EXCLUSIVE))
    found = placed(job, LIKE, constraints=True).job.roles
    assert [each.constrained for each in found] == [True, True]
    with pytest.raises(ConfigError, match="`w`: `exclusive` needs YARN's placement"):
        placed(job, LIKE, constraints=False)


@pytest.mark.parametrize(
    ("asked", "label", "words"),
    [
        (role(3, Placement.SPREAD), "", "1 of 3 tasks wait, with 2 nodes"),
        (role(3, Placement.EXCLUSIVE), "gpu", "2 of 3 tasks wait, with 1 nodes"),
        (
            like("disk=hdd", placement=Placement.SPREAD),
            "",
            "1 of 2 tasks wait, with 1 nodes",
        ),
        (role(2, Placement.SPREAD), "", ""),
        (role(9, Placement.PACK), "", ""),
    ],
)
def test_it_is_said_how_many_tasks_will_wait(
    asked: RoleSpec, label: str, words: str
) -> None:
    job = job_of(replace(asked, node_label=label))
    warnings = placed(job, LIKE, constraints=True).warnings
    assert [words in each for each in warnings] == ([True] if words else [])


def test_without_constraints_all_nodes_that_have_the_attributes_are_named() -> None:
    found = placed(job_of(like("disk=ssd")), LIKE, constraints=False).job.roles[0]
    assert counts(found.hosts) == {"c": 0, "a": 0}
    spread = like("nm.yarn.io/os!=x", placement=Placement.SPREAD)
    found = placed(job_of(spread), LIKE, constraints=False).job.roles[0]
    assert counts(found.hosts) == {"c": 2}
    with pytest.raises(ConfigError, match="a node label together with attributes"):
        placed(job_of(like("disk=ssd", label="gpu")), LIKE, constraints=False)


@pytest.mark.parametrize(
    ("text", "complaint", "hint"),
    [
        ("disk=tape", "no node has the attribute `disk=tape`", "disk=hdd, rm"),
        ("rm.yarn.io/os=x", "no node has the attribute `rm", "nm.yarn.io/os=x, rm"),
        ("cpu!=old", "no node has the attribute `cpu!=old`", "nodes' attributes"),
    ],
)
def test_an_attribute_that_no_node_has_is_refused(
    text: str, complaint: str, hint: str
) -> None:
    for constraints in (True, False):
        with pytest.raises(ConfigError, match=complaint) as caught:
            placed(job_of(like(text)), LIKE, constraints=constraints)
        assert hint in (caught.value.hint or "")
    with pytest.raises(ConfigError) as caught:
        placed(job_of(like(text)), NODES, constraints=True)
    assert caught.value.hint == "no node has any"


def test_an_attribute_of_two_kinds_has_to_be_named_in_full() -> None:
    both = [replace_node(LIKE[0], attributes=((DISK, "a"), ("nm.yarn.io/disk", "a")))]
    with pytest.raises(ConfigError, match=r"both nm\.yarn\.io/disk and rm"):
        placed(job_of(like("disk=a")), both, constraints=True)
    full = placed(job_of(like(f"{DISK}=a")), both, constraints=True).job.roles[0]
    assert [str(each) for each in full.attributes] == [f"{DISK}=a"]


def test_without_constraints_a_label_leaves_no_place() -> None:
    labelled = replace(role(1, Placement.PACK), node_label="gpu")
    (warning,) = placed(job_of(labelled), LIKE, constraints=False).warnings
    assert warning.startswith("`pack` of the role `w` has no effect")
    assert placed(job_of(labelled), LIKE, constraints=True).warnings == ()
    plain = role(1, Placement.PACK)
    assert placed(job_of(plain), LIKE, constraints=False).warnings == ()


def test_a_label_goes_with_one_kind_of_comparison() -> None:
    placed(job_of(like("disk=ssd", label="gpu")), LIKE, constraints=True)
    with pytest.raises(ConfigError, match="together with both `=` and `!=`"):
        placed(job_of(like("disk=ssd", "os!=x", label="gpu")), LIKE, constraints=True)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["os"], "`attribute=os` asks for no node attribute"),
        (["=x"], "asks for no node attribute"),
        (["os!="], "asks for no node attribute"),
        (["my.org/os=x"], "do not begin with `my.org/`"),
        (["os=a", "os=b"], "no node has both `os=a` and `os=b`"),
        (["x=a", "os!=a", "os=a"], "no node has both `os!=a` and `os=a`"),
    ],
)
def test_attributes_that_cannot_be_had_are_refused(
    texts: list[str], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse_attributes("w", texts)


def test_several_attributes_may_be_asked_for() -> None:
    texts = ["os!=a", "os!=b", "os=c", "disk=ssd"]
    assert [str(each) for each in parse_attributes("w", texts)] == texts


@pytest.mark.parametrize(
    ("handler", "scheduler", "expected"),
    [
        ("scheduler", "…capacity.CapacityScheduler", True),
        ("scheduler", None, True),
        ("scheduler", "…fair.FairScheduler", False),
        ("placement-processor", None, False),
        ("disabled", None, False),
        (None, None, False),
    ],
)
def test_constraints_are_used_where_the_scheduler_handles_them(
    handler: str | None, scheduler: str | None, expected: bool
) -> None:
    given = {HANDLER: handler, SCHEDULER: scheduler}
    known = {name: value for name, value in given.items() if value}
    assert takes_constraints(known) is expected
