"""The socket under `rpc_session`: an RPC server of one service.

A call is answered at once, in the event loop: what it changes is the pure core, and
slow work is begun there, not done.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message

from xlearning.errors import ClusterError
from xlearning.local.rpc_session import NO_SUCH_METHOD, Offer, RpcSession

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from xlearning.local.rpc_session import Call

    Method = Callable[[Call], Message]

LOG = logging.getLogger(__name__)
_READ_BYTES = 1 << 18
M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Service:
    """What a server does.

    Attributes:
        protocol: Java class of the protocol, for messages.
        methods: By name; each returns the response or raises `ClusterError`.
        offer: How callers authenticate.
        find_password: Gives a token's password, or raises `InvalidToken`.
    """

    protocol: str
    methods: Mapping[str, Method]
    offer: Offer
    find_password: Callable[[bytes], bytes]


def parse_request(kind: type[M], call: Call) -> M:
    """Decode a call's request.

    Raises:
        ClusterError: It cannot be.
    """
    try:
        return kind.FromString(call.request)
    except DecodeError as error:
        raise ClusterError(
            "the request cannot be read",
            java_class="org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException",
            remote_text=str(error),
        ) from error


class RpcServer:
    """One listening socket; its connections end with `run`."""

    def __init__(self, service: Service, listening: socket.socket) -> None:
        """Serve at a socket that listens already."""
        self._service = service
        self._socket = listening

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._serve, sock=self._socket)
        async with server:
            await server.serve_forever()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        service = self._service
        session = RpcSession(service.offer, service.find_password, os.urandom)
        try:
            while not session.closed:
                session.receive_data(await reader.read(_READ_BYTES))
                while (call := session.next_call()) is not None:
                    self._answer(session, call)
                writer.write(session.data_to_send())
                await writer.drain()
        except (ConnectionError, TimeoutError) as error:
            LOG.debug("a caller went away: %s", error)
        finally:
            writer.close()

    def _answer(self, session: RpcSession, call: Call) -> None:
        method = self._service.methods.get(call.method)
        if method is None:
            text = (
                f"Unknown method {call.method} called on "
                f"{self._service.protocol} protocol."
            )
            unknown = ClusterError(text, java_class=NO_SUCH_METHOD, remote_text=text)
            session.fail(call, unknown)
            return
        try:
            response = method(call)
        except ClusterError as error:
            LOG.debug("%s: %s %s", call.method, error.java_class, error.remote_text)
            session.fail(call, error)
        else:
            session.reply(call, response.SerializeToString())
