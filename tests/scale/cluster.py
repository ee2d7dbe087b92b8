"""A YARN whose ResourceManager is the product's own and whose nodes are simulated.

Wire, tokens and scheduling are those of `xlearning.local`; a node starts an agent in
one of a few processes instead of a process of its own, and only the ApplicationMaster
is really started. Nodes send heartbeats one after the other, spread over the interval.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, cast

from xlearning.hadoop.ids import NodeId
from xlearning.hadoop.resource import Resource
from xlearning.local import clock, placement
from xlearning.local.cluster import Cluster, refusal
from xlearning.local.nm_service import nm_service
from xlearning.local.node.spec import ContainerEnded
from xlearning.local.nodes import Node
from xlearning.local.rm_service import rm_service
from xlearning.local.rpc_server import RpcServer, Service
from xlearning.local.settings import RmSettings
from xlearning.local.site import HOST, node_host, protections
from xlearning.local.store import NoStore
from xlearning.local.tokens import Tokens
from xlearning.local.yarn import Yarn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from google.protobuf.message import Message

    from xlearning.hadoop.records import ContainerStatus
    from xlearning.local.node.manager import NodeManager
    from xlearning.local.node.spec import ContainerStart
    from xlearning.local.rpc_session import Call

HEARTBEAT_S = 1.0
"""YARN's default."""
CONTAINERS_PER_NODE = 25
CONTAINER = Resource(1024, 1)
_STEPS = 50  # moments in an interval at which nodes send heartbeats
_KILLED = 143


class SimulatedNode:
    """What a NodeManager is to the ResourceManager and to the container protocol."""

    def __init__(
        self,
        begin: Callable[[ContainerStart], None],
        end: Callable[[str], None],
        ended: Callable[[ContainerEnded], None],
    ) -> None:
        """Start containers with `begin`, end them with `end`, report to `ended`."""
        self._begin, self._end, self._ended = begin, end, ended
        self._exits: dict[str, int] = {}

    def start(self, start: ContainerStart) -> None:
        """Start a container."""
        self._exits[start.container_id] = 0
        self._begin(start)

    def stop(self, container_id: str, exit_status: int = _KILLED) -> bool:
        """End a container; say whether it was here."""
        if container_id not in self._exits:
            return False
        self._exits[container_id] = exit_status
        self._end(container_id)
        return True

    def has_ended(self, container_id: str, exit_code: int = 0) -> bool:
        """Take note that a container has ended; say whether it was here."""
        if container_id not in self._exits:
            return False
        status = self._exits.pop(container_id) or exit_code
        self._ended(ContainerEnded(container_id, status, ""))
        return True

    def containers(self) -> tuple[str, ...]:
        """Return the ids of the containers that have not ended."""
        return tuple(self._exits)

    def status(self, container_id: str) -> ContainerStatus:
        """Know nothing.

        Raises:
            ClusterError: Always.
        """
        raise refusal("YarnException", f"{container_id} is not handled")

    async def application_ended(self, application_id: str) -> None:
        """End what is left."""
        del application_id
        for container_id in tuple(self._exits):
            self.stop(container_id)


class SimulatedYarn(Yarn):
    """The product's, with heartbeats that do not come all at once."""

    async def pass_time(self) -> None:
        """Let nodes send heartbeats, and look at deadlines, for ever."""
        loop = asyncio.get_running_loop()
        nodes = list(self.managers)
        step, due = 0, loop.time()
        while True:
            due += HEARTBEAT_S / _STEPS
            await asyncio.sleep(max(0.0, due - loop.time()))
            with self.change() as (cluster, now):
                for node_id in nodes[step % _STEPS :: _STEPS]:
                    placement.node_heartbeat(cluster, node_id, now)
                clock.tick(cluster, now)
            step += 1


class SimulatedCluster:
    """All of it.

    Attributes:
        yarn: The core and the nodes.
        ports: Of the ResourceManager.
        allocate_calls: How often an ApplicationMaster called `allocate`.
    """

    def __init__(self, agents: int) -> None:
        """Make a cluster that so many agents fit into; it serves nothing yet."""
        self.allocate_calls = 0
        self.node_count = -(-(agents + 1) // CONTAINERS_PER_NODE)
        settings = RmSettings(Yarn.now(), minimum=CONTAINER)
        core = Cluster(settings, Tokens(os.urandom))
        self.yarn = SimulatedYarn(core, NoStore(), HEARTBEAT_S)
        self._nodes: list[SimulatedNode] = []
        self._scheduler = _listen(HOST)
        self.ports = dict.fromkeys(("web", "client"), 0)
        self.ports["scheduler"] = self._scheduler.getsockname()[1]
        self._sockets: dict[NodeId, socket.socket] = {}

    def add_nodes(
        self,
        begin: Callable[[ContainerStart, str], None],
        end: Callable[[str], None],
    ) -> None:
        """Add all nodes; `begin` and `end` start and end what runs there."""
        size = Resource(
            CONTAINERS_PER_NODE * CONTAINER.memory_mb,
            CONTAINERS_PER_NODE * CONTAINER.virtual_cores,
        )
        for number in range(1, self.node_count + 1):
            host = node_host(number)
            bound = _listen(host)
            node_id = NodeId(host, bound.getsockname()[1])
            self._sockets[node_id] = bound

            def begin_here(start: ContainerStart, host: str = host) -> None:
                begin(start, host)

            node = SimulatedNode(begin_here, end, self.yarn.container_ended)
            self._nodes.append(node)
            self.yarn.managers[node_id] = cast("NodeManager", node)
            known = Node(node_id, f"{host}:0", size)
            clock.add_node(self.yarn.cluster, known, Yarn.now())

    def has_ended(self, container_id: str, exit_code: int = 0) -> None:
        """Take note that a container has ended."""
        any(node.has_ended(container_id, exit_code) for node in self._nodes)

    def servers(self) -> Iterator[Coroutine[None, None, None]]:
        """Return everything that has to run."""
        allowed = protections({})
        yield self.yarn.run()
        service = self._counted(rm_service(self.yarn, allowed))
        yield RpcServer(service, self._scheduler).run()
        for node_id, manager in self.yarn.managers.items():
            nodes = nm_service(self.yarn, node_id, manager, allowed)
            yield RpcServer(nodes, self._sockets[node_id]).run()

    def close(self) -> None:
        """Free all ports."""
        for bound in (self._scheduler, *self._sockets.values()):
            bound.close()

    def _counted(self, service: Service) -> Service:
        allocate = service.methods["allocate"]

        def counted(call: Call) -> Message:
            self.allocate_calls += 1
            return allocate(call)

        methods = {**service.methods, "allocate": counted}
        return Service(service.protocol, methods, service.offer, service.find_password)


def _listen(host: str) -> socket.socket:
    bound = socket.socket()
    bound.bind((host, 0))
    bound.listen(1024)
    bound.setblocking(False)
    return bound
