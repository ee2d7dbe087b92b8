"""The process: all servers of a one-machine YARN, from start to end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from xlearning.errors import ConfigError
from xlearning.hadoop.ids import NodeId
from xlearning.hadoop.resource import Resource
from xlearning.local import clock, memory, recovery, site
from xlearning.local.client_service import client_service
from xlearning.local.cluster import Cluster
from xlearning.local.home import ServerFile
from xlearning.local.nm_service import nm_service
from xlearning.local.node.manager import NodeManager, NodeSpec
from xlearning.local.nodes import Node
from xlearning.local.rm_service import rm_service
from xlearning.local.rpc_server import RpcServer
from xlearning.local.site import HOST, node_host
from xlearning.local.store import HomeStore
from xlearning.local.tokens import Tokens
from xlearning.local.web import node_app, rm_app
from xlearning.local.yarn import Yarn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from starlette.applications import Starlette

    from xlearning.local.home import Home, LocalSpec

LOG = logging.getLogger(__name__)
ENDED = "The local cluster was ended while the application ran."
_END_S = 10.0
_IDLE_CHECK_S = 1.0


class _Web(uvicorn.Server):
    """A web server that leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class LocalServer:
    """One cluster in one home."""

    def __init__(self, home: Home, spec: LocalSpec) -> None:
        """Start nothing yet."""
        self._home = home
        self._spec = spec
        self._sockets: dict[str, socket.socket] = {}
        self._epoch = 0
        self._used_at = time.monotonic()

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT, or nothing happens for long.

        Raises:
            XLearningError: The home or a port cannot be used.
        """
        with self._home.running():
            try:
                await self._run(self._listen())
            except ExceptionGroup as group:
                raise self._explained(group) from group
            finally:
                # Before the home is free: the next process takes the same ports.
                for bound in self._sockets.values():
                    bound.close()

    async def _run(self, ports: dict[str, int]) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        files = site.site_files(self._spec, ports, self._home.path)
        self._home.write_conf(files)
        self._home.write(ServerFile(self._spec, ports, os.getpid(), self._epoch))
        yarn = self._yarn(ports)
        async with asyncio.TaskGroup() as group:
            tasks = await self._nodes(yarn, group)
            tasks += [
                group.create_task(each)
                for each in self._servers(yarn, files["yarn-site.xml"])
            ]
            LOG.info("serving at http://%s:%d", HOST, ports["web"])
            await self._until_idle(yarn, stop)
            await self._end_jobs(yarn)
            for task in tasks:
                task.cancel()

    def _explained(self, group: ExceptionGroup[Exception]) -> Exception:
        """Return a disk's error in our words, others as they are."""
        failure: Exception | None = group.subgroup(OSError)
        while isinstance(failure, ExceptionGroup):
            failure = failure.exceptions[0]
        if failure is None:
            return group
        return ConfigError(
            f"`{self._home.path}` cannot be used: {failure}",
            hint="name another folder with `--home`",
        )

    @staticmethod
    async def _nodes(yarn: Yarn, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start the nodes: what they still have is known before anybody asks."""
        managers = yarn.managers.values()
        tasks = [group.create_task(each.run()) for each in managers]
        for manager in managers:
            await manager.ready.wait()
        return tasks

    @staticmethod
    async def _end_jobs(yarn: Yarn) -> None:
        try:
            async with asyncio.timeout(_END_S):
                await yarn.end_all(ENDED)
        except TimeoutError:
            LOG.warning("jobs did not end within %.0f s", _END_S)

    def _listen(self) -> dict[str, int]:
        """Bind all sockets, at the ports of the last time."""
        known = self._home.read()
        ports = known.ports if known else {}
        self._epoch = known.epoch + 1 if known else 0
        hosts = dict.fromkeys(("web", "scheduler", "client", "nodes"), HOST)
        hosts |= {f"node{n}": node_host(n) for n in range(1, self._spec.nodes + 1)}
        for name, host in hosts.items():
            self._sockets[name] = _bind(host, ports.get(name, 0), name)
        return {name: bound.getsockname()[1] for name, bound in self._sockets.items()}

    def _yarn(self, ports: dict[str, int]) -> Yarn:
        spec = self._spec
        now = Yarn.now()
        settings = site.rm_settings(spec, now, ports["web"], self._epoch)
        cluster = Cluster(settings, Tokens(os.urandom))
        tokens = self._home.tokens()
        if tokens is not None:
            memory.recall_tokens(tokens, cluster.tokens)
            cluster.rolled_ms = tokens.rolled_ms
        heartbeat_s = settings.heartbeat_ms / 1000
        yarn = Yarn(cluster, HomeStore(self._home), heartbeat_s)
        labels = site.node_labels(spec)
        for number in range(1, spec.nodes + 1):
            host = node_host(number)
            node_id = NodeId(host, ports[f"node{number}"])
            size = Resource(spec.memory_mb, spec.vcores, spec.gpus)
            node = Node(
                node_id, f"{HOST}:{ports['nodes']}", size, labels.get(number, ())
            )
            clock.add_node(cluster, node, now)
            yarn.managers[node_id] = self._manager(yarn, node, ports["nodes"])
        kept, forgotten = memory.newest(
            self._home.applications(), settings.max_completed
        )
        for saved in forgotten:
            self._home.forget(saved)
        for saved in kept:
            recovery.begin(cluster, memory.recall(saved, now), now)
        return yarn

    def _manager(self, yarn: Yarn, node: Node, http_port: int) -> NodeManager:
        folder = self._home.node(node.node_id.host)
        no_ports = {"web": 0, "scheduler": 0, "client": 0}
        files = site.site_files(self._spec, no_ports, self._home.path)
        options = replace(
            site.node_options(self._spec.conf),
            remote_log_dir=str(self._home.path / "logs"),
            properties=dict(files["core-site.xml"]),
            http_port=http_port,
            # Not the one of whoever started us: that may be another cluster's.
            environment={
                **os.environ,
                "HADOOP_CONF_DIR": str(self._home.conf_dir),
            },
        )
        spec = NodeSpec(
            node.node_id.host,
            node.total.memory_mb,
            node.total.virtual_cores,
            node.total.gpus,
            folder / "local",
            folder / "logs",
            node.labels,
        )
        found = partial(yarn.node_found, node.node_id)
        return NodeManager(spec, yarn.container_ended, options, found)

    def _servers(
        self, yarn: Yarn, properties: dict[str, str]
    ) -> Iterator[Coroutine[None, None, None]]:
        allowed = site.protections(self._spec.conf)
        yield yarn.run()
        yield RpcServer(rm_service(yarn, allowed), self._sockets["scheduler"]).run()
        yield RpcServer(client_service(yarn), self._sockets["client"]).run()
        for number, (node_id, manager) in enumerate(yarn.managers.items(), 1):
            service = nm_service(yarn, node_id, manager, allowed)
            yield RpcServer(service, self._sockets[f"node{number}"]).run()
        web = rm_app(yarn, properties, self._touch)
        yield _serve(web, self._sockets["web"])
        yield _serve(node_app(yarn, self._touch), self._sockets["nodes"])

    def _touch(self) -> None:
        self._used_at = time.monotonic()

    async def _until_idle(self, yarn: Yarn, stop: asyncio.Event) -> None:
        """Wait until we are told to stop, or there is no job and no caller for long."""
        while not stop.is_set():
            if any(not app.ended for app in yarn.cluster.applications.values()):
                self._touch()
            idle_s = time.monotonic() - self._used_at
            if self._spec.idle_s and idle_s >= self._spec.idle_s:
                LOG.info("idle for %.0f s: ending", idle_s)
                return
            try:
                async with asyncio.timeout(_IDLE_CHECK_S):
                    await stop.wait()
            except TimeoutError:
                continue


def _bind(host: str, port: int, use: str) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"port {port} of {host} ({use}) cannot be used: {error.strerror}",
            hint="end the program that has it, or name another folder with `--home`",
        ) from error
    bound.setblocking(False)
    return bound


async def _serve(app: Starlette, bound: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    await _Web(config).serve(sockets=[bound])
