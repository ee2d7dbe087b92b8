"""Is a daemon ready? Asked over plain HTTP, without a JVM.

Every answer is either "" (ready) or the reason why not yet, for the error message of
a start that takes too long. The `parse` functions are pure.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from xlearning.cluster.site import NAMENODE, RESOURCEMANAGER, Site
from xlearning.cluster.spec import DaemonKind, DaemonName

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT_S = 5.0
_NO_ANSWER = "no answer yet"

# What json.loads gives; it does not leave this module.
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def at(value: Json, *path: str | int) -> Json:
    """Return what is at a path of keys and indices, None if there is nothing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            return None
    return value


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True)
class Readiness:
    """Asks the daemons of one cluster.

    Attributes:
        site: The cluster.
        session: Without proxies, netrc and cookies of the user.
    """

    site: Site
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def web(self, name: DaemonName) -> str:
        """Return the address of a daemon's web pages."""
        return f"http://{self.site.address(name, 'http')}"

    def missing(self, name: DaemonName, living: set[str]) -> str:
        """Return "" if a daemon is ready, else what it lacks.

        Args:
            name: The daemon.
            living: The names of all daemons that run: what needs another daemon is
                asked only if that one runs, so that each can be started by itself.
        """
        check: dict[DaemonKind, Callable[[DaemonName, set[str]], str]] = {
            DaemonKind.NAMENODE: self._namenode,
            DaemonKind.DATANODE: self._datanode,
            DaemonKind.RESOURCEMANAGER: self._resourcemanager,
            DaemonKind.NODEMANAGER: self._nodemanager,
        }
        return check[name.kind](name, living)

    def listens(self, name: DaemonName, use: str) -> bool:
        """Say whether somebody listens at a daemon's port."""
        address = (self.site.host(name), self.site.port(name, use))
        try:
            with socket.create_connection(address, _TIMEOUT_S):
                return True
        except OSError:
            return False

    def _get(self, name: DaemonName, path: str) -> Json:
        try:
            answer = self.session.get(self.web(name) + path, timeout=_TIMEOUT_S)
            found: Json = answer.json() if answer.ok else None
        except requests.RequestException:
            return None
        finally:
            self.session.cookies.clear()
        return found

    def _bean(self, name: DaemonName, bean: str) -> Json:
        return at(self._get(name, f"/jmx?qry=Hadoop:service={bean}"), "beans", 0)

    def _namenode(self, name: DaemonName, living: set[str]) -> str:
        info = self._bean(name, "NameNode,name=NameNodeInfo")
        if not self.listens(name, "rpc") or info is None:
            return _NO_ANSWER
        if any(daemon.startswith(DaemonKind.DATANODE) for daemon in living):
            return parse_safe_mode(info)
        return ""

    def _datanode(self, name: DaemonName, living: set[str]) -> str:
        if self._bean(name, "DataNode,name=DataNodeInfo") is None:
            return _NO_ANSWER
        if str(NAMENODE) not in living:
            return ""
        info = self._bean(NAMENODE, "NameNode,name=NameNodeInfo")
        return parse_live_datanode(info, self.site.port(name, "http"))

    def _resourcemanager(self, name: DaemonName, living: set[str]) -> str:
        del living
        return parse_resourcemanager(self._get(name, "/ws/v1/cluster/info"))

    def _nodemanager(self, name: DaemonName, living: set[str]) -> str:
        info = self._get(name, "/ws/v1/node/info")
        if info is None:
            return _NO_ANSWER
        if str(RESOURCEMANAGER) not in living:
            return ""
        nodes = self._get(RESOURCEMANAGER, "/ws/v1/cluster/nodes")
        return parse_node(nodes, self.site.port(name, "http"))

    def node_id(self, name: DaemonName) -> str:
        """Return YARN's id of a NodeManager, `host:port`, "" if it has none yet."""
        nodes = self._get(RESOURCEMANAGER, "/ws/v1/cluster/nodes")
        return str(at(find_node(nodes, self.site.port(name, "http")), "id") or "")


def parse_safe_mode(info: Json) -> str:
    """Read the NameNode's NameNodeInfo."""
    text = at(info, "Safemode")
    return str(text).splitlines()[0] if text else ""


def parse_live_datanode(info: Json, http_port: int) -> str:
    """Look for a DataNode among those that the NameNode's NameNodeInfo lists."""
    text = at(info, "LiveNodes")
    nodes: Json = json.loads(text) if isinstance(text, str) else None
    addresses = (
        [str(at(node, "infoAddr")) for node in nodes.values()]
        if isinstance(nodes, dict)
        else []
    )
    known = any(address.endswith(f":{http_port}") for address in addresses)
    return "" if known else "not registered with the NameNode"


def parse_resourcemanager(info: Json) -> str:
    """Read `/ws/v1/cluster/info`."""
    state, ha_state = (
        at(info, "clusterInfo", "state"),
        at(info, "clusterInfo", "haState"),
    )
    if state is None:
        return _NO_ANSWER
    return "" if (state, ha_state) == ("STARTED", "ACTIVE") else f"{state}, {ha_state}"


def find_node(nodes: Json, http_port: int) -> Json:
    """Return the node with a web address at a port from `/ws/v1/cluster/nodes`."""
    for node in _items(at(nodes, "nodes", "node")):
        if str(at(node, "nodeHTTPAddress")).endswith(f":{http_port}"):
            return node
    return None


def parse_node(nodes: Json, http_port: int) -> str:
    """Look for a NodeManager in `/ws/v1/cluster/nodes`."""
    node = find_node(nodes, http_port)
    if node is None:
        return "not registered with the ResourceManager"
    state = at(node, "state")
    if state == "RUNNING":
        return ""
    return f"{state}: {at(node, 'healthReport') or 'no reason given'}"
