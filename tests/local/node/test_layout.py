"""Folders are where YARN has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.node.conftest import APPLICATION, container_id, node_spec, order
from xlearning.hadoop.launch_context import LocalResourceVisibility
from xlearning.local.node.layout import NodeLayout

LAYOUT = NodeLayout.of(node_spec(Path("/n")))
IN_APPLICATION = f"/n/local/usercache/alice/appcache/{APPLICATION}"


@pytest.mark.parametrize(
    ("visibility", "path"),
    [
        (LocalResourceVisibility.PUBLIC, "/n/local/filecache"),
        (LocalResourceVisibility.PRIVATE, "/n/local/usercache/alice/filecache"),
        (LocalResourceVisibility.APPLICATION, f"{IN_APPLICATION}/filecache"),
    ],
)
def test_caches(visibility: LocalResourceVisibility, path: str) -> None:
    assert LAYOUT.cache(visibility, "alice", APPLICATION) == Path(path)


def test_a_container() -> None:
    found = LAYOUT.container(order())
    name = container_id(1)
    assert found.work == Path(IN_APPLICATION, name)
    assert found.logs == Path("/n/logs", APPLICATION, name)
    assert found.tokens == Path(IN_APPLICATION, name, "container_tokens")
    assert found.launch_script.name == "launch_container.sh"
    assert found.session_script.name == "default_container_executor_session.sh"
    private = Path("/n/local/nmPrivate", name)
    assert (found.executor_errors.parent, found.pid_file.parent) == (private, private)
