from __future__ import annotations

import pytest

from xlearning.cluster.spec import (
    ClusterSpec,
    DaemonKind,
    DaemonName,
    NodeLabel,
    Queue,
)
from xlearning.errors import ConfigError


def test_daemons_have_numbers_where_there_may_be_several() -> None:
    names = [str(name) for name in ClusterSpec(nodes=2).daemons]
    assert names == [
        "namenode",
        "datanode1",
        "resourcemanager",
        "nodemanager1",
        "nodemanager2",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("namenode", DaemonName(DaemonKind.NAMENODE)),
        ("NN", DaemonName(DaemonKind.NAMENODE)),
        ("rm", DaemonName(DaemonKind.RESOURCEMANAGER)),
        ("nm2", DaemonName(DaemonKind.NODEMANAGER, 2)),
        ("nodemanager3", DaemonName(DaemonKind.NODEMANAGER, 3)),
        ("datanode", DaemonName(DaemonKind.DATANODE, 1)),
    ],
)
def test_a_daemon_is_found_by_its_long_and_short_name(
    text: str, name: DaemonName
) -> None:
    assert ClusterSpec().daemon(text) == name


@pytest.mark.parametrize("text", ["nm", "nm4", "nm0", "rm1", "history", "nm-1", ""])
def test_an_unknown_daemon_is_answered_with_the_list(text: str) -> None:
    with pytest.raises(ConfigError, match="has no daemon") as caught:
        ClusterSpec().daemon(text)
    assert "`nodemanager3`" in str(caught.value.hint)


def test_each_port_has_a_name_of_its_own() -> None:
    keys = ClusterSpec(nodes=2).port_keys
    assert len(set(keys)) == len(keys) == 2 + 3 + 5 + 2 * 3
    assert "nodemanager2.http" in keys


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hadoop": "2.10.1"}, "not a release of Hadoop 3"),
        ({"nodes": 0}, "too small"),
        ({"nodes": 1000}, "too large"),
        ({"datanodes": 0}, "too small"),
        ({"gpus_per_node": -1}, "too small"),
        ({"node_memory_mb": 32}, "too small"),
        ({"node_cores": 0}, "too small"),
        ({"base_port": 80}, "too small"),
        ({"queues": ()}, "at least one"),
        ({"queues": (Queue("a", 50), Queue("a", 50))}, "each name once"),
        ({"queues": (Queue("root", 100),)}, "cannot be the name"),
        ({"queues": (Queue("a.b", 100),)}, "cannot be the name"),
        ({"queues": (Queue("a", 60), Queue("b", 30))}, "add up to 90 %"),
        ({"queues": (Queue("a", 150), Queue("b", -50))}, "add up"),
        ({"labels": (NodeLabel("gpu", (4,)),)}, "there is no node nm4"),
        (
            {"labels": (NodeLabel("a", (1,)), NodeLabel("b", (1,)))},
            "nm1 has two labels",
        ),
        ({"labels": (NodeLabel("a", (1,)), NodeLabel("a", (2,)))}, "given twice"),
    ],
)
def test_values_that_contradict_are_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        ClusterSpec(**change)  # type: ignore[arg-type]


def test_differences_are_told_in_words() -> None:
    mine = ClusterSpec(labels=(NodeLabel("gpu", (2, 3), exclusive=False),))
    other = ClusterSpec(
        nodes=4,
        queues=(Queue("a", 100),),
        labels=(NodeLabel("gpu", (1,)),),
        conf={"a": "b"},
    )
    assert mine.differences(other) == [
        "nodes: 3 here, 4 asked for",
        "queues: default:34,prod:33,dev:33 here, a:100 asked for",
        "labels: gpu(exclusive=false)=nm2,nm3 here, gpu=nm1 asked for",
        "conf: none here, a=b asked for",
    ]
    assert mine.differences(mine) == []
