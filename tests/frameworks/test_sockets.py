"""Libraries' variables for an interface."""

from __future__ import annotations

from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.sockets import GLOO, NCCL, TENSORPIPE, sockets


def test_a_library_is_told_the_interface() -> None:
    view = ClusterView(1, {}, interface="eth1")
    assert sockets(view, GLOO, TENSORPIPE, NCCL) == {
        "GLOO_SOCKET_IFNAME": "eth1",
        "TP_SOCKET_IFNAME": "eth1",
        "NCCL_SOCKET_IFNAME": "=eth1",
    }


def test_it_chooses_by_itself_where_the_job_names_none() -> None:
    assert sockets(ClusterView(1, {}), GLOO, NCCL) == {}
