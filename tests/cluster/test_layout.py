from __future__ import annotations

from pathlib import Path

from xlearning.cluster.layout import Layout
from xlearning.cluster.spec import ClusterSpec

LAYOUT = Layout(Path("/home/c"))


def test_everything_is_below_the_home_folder() -> None:
    node = ClusterSpec().daemon("nm1")
    paths = [
        LAYOUT.state_file,
        LAYOUT.lock_file,
        LAYOUT.conf,
        LAYOUT.logs,
        LAYOUT.tmp,
        LAYOUT.container_home,
        *LAYOUT.folders,
        LAYOUT.node_local(node),
        LAYOUT.node_logs(node),
        LAYOUT.log(node),
        LAYOUT.out(node),
    ]
    assert all(path.is_relative_to(LAYOUT.home) for path in paths)


def test_daemons_have_folders_of_their_own() -> None:
    names = ClusterSpec().daemons
    assert len({LAYOUT.daemon_data(name) for name in names}) == len(names)
    assert len({LAYOUT.log(name) for name in names}) == len(names)


def test_what_containers_leave_is_below_data() -> None:
    node = ClusterSpec().daemon("nm1")
    for path in (LAYOUT.node_local(node), LAYOUT.node_logs(node)):
        assert path.is_relative_to(LAYOUT.data)
