"""How communication libraries are told the interface that they are to use. Pure.

Each has a variable of its own; without it, it takes the first that it finds or the one
that the node's name stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView

GLOO = {"GLOO_SOCKET_IFNAME": "gloo's interface, if xlearning.network.interface is set"}
TENSORPIPE = {"TP_SOCKET_IFNAME": "the same, for TensorPipe"}
NCCL = {"NCCL_SOCKET_IFNAME": "NCCL's interface, if xlearning.network.interface is set"}

_EXACT = {"NCCL_SOCKET_IFNAME": "={}"}
"""NCCL takes a name for the beginning of names, unless `=` is before it."""


def sockets(view: ClusterView, *libraries: dict[str, str]) -> dict[str, str]:
    """Return the variables of libraries, none where the job names no interface."""
    names = [name for library in libraries for name in library if view.interface]
    return {name: _EXACT.get(name, "{}").format(view.interface) for name in names}
