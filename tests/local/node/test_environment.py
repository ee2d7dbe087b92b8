"""The variables of a container."""

from __future__ import annotations

from pathlib import Path

from tests.local.node.conftest import APPLICATION, container_id, node_spec, order
from xlearning.local.node.environment import (
    ContainerEnvironment,
    LocalizationCounters,
    container_environment,
)
from xlearning.local.node.layout import NodeLayout
from xlearning.local.node.spec import ContainerStart, NodeOptions


def environment(start: ContainerStart) -> ContainerEnvironment:
    """Return the variables of a container."""
    options = NodeOptions(
        environment={"PATH": "/node", "LANG": "C", "SECRET": "x"}, http_port=1
    )
    layout = NodeLayout.of(node_spec(Path("/n"))).container(start)
    counters = LocalizationCounters(13, 0, 1, 0, 69)
    return container_environment(start, layout, "nm1", options, counters)


def test_the_variables_of_the_node_in_yarns_order() -> None:
    work = f"/n/local/usercache/alice/appcache/{APPLICATION}"
    assert list(environment(order()).node.items()) == [
        ("HADOOP_TOKEN_FILE_LOCATION", f"{work}/{container_id(1)}/container_tokens"),
        ("CONTAINER_ID", container_id(1)),
        ("NM_PORT", "45454"),
        ("NM_HOST", "nm1"),
        ("NM_HTTP_PORT", "1"),
        ("LOCAL_DIRS", work),
        ("LOCAL_USER_DIRS", "/n/local/usercache/alice/"),
        ("LOG_DIRS", f"/n/logs/{APPLICATION}/{container_id(1)}"),
        ("USER", "alice"),
        ("LOGNAME", "alice"),
        ("HOME", "/home/"),
        ("PWD", f"{work}/{container_id(1)}"),
        ("LOCALIZATION_COUNTERS", "13,0,1,0,69"),
        ("JVM_PID", "$$"),
    ]


def test_what_the_user_may_say() -> None:
    start = order(
        environment={"HOME": "/me", "LANG": "de", "X": "<LOG_DIR>", "WEB": "mine"},
        added={"WEB": "/proxy/x"},
    )
    found = environment(start)
    logs = f"/n/logs/{APPLICATION}/{container_id(1)}"
    assert found.other == {
        "LANG": "de",
        "X": logs,
        "WEB": "/proxy/x",
        "MALLOC_ARENA_MAX": "",
    }
    assert found.defaults == {"PATH": "/node"}
    assert found.outer == {**found.node, **found.other}
    assert found.outer["HOME"] == "/home/"
