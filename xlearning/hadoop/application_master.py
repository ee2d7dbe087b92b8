"""ApplicationMasterProtocol: an ApplicationMaster's talk with the ResourceManager.

Decides what is sent again after a lost reply, when to use a newer token, and that no
harmful ask is sent. When to call, and how long to go on without a ResourceManager, is
the caller's business: `pause_s` says how long to wait before the next try.

The protocol numbers its allocate calls. One whose reply was lost is sent again as it
was; it is then answered from memory, and what it carries is not looked at
(`ApplicationMasterService` of the ResourceManager). So what was to be sent meanwhile
waits for the call after it: see `waiting`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar

from google.protobuf.message import Message

from xlearning.errors import ClusterError, ConnectionLost
from xlearning.hadoop.allocation import Allocation, FinalStatus, Registration
from xlearning.hadoop.asks import (
    AnyAsk,
    InvalidResourceRequest,
    Outbox,
    check_ask,
)
from xlearning.hadoop.proto import yarn_service_pb2
from xlearning.hadoop.records import Token
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.channel import Deadlines, RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.protection import CIPHERS
from xlearning.hadoop.rpc.sasl import LEAST_FIRST, TokenCredential

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from xlearning.hadoop.ids import ContainerId
    from xlearning.hadoop.rpc.digest_md5 import Protection

__all__ = [
    "Allocation",
    "ApplicationAttemptNotFound",
    "ApplicationMasterNotRegistered",
    "ApplicationMasterProtocol",
    "FinalStatus",
    "InvalidResourceRequest",
    "Registration",
]

PROTOCOL = "org.apache.hadoop.yarn.api.ApplicationMasterProtocolPB"
FINISH_PAUSE_S = 0.05
NO_RPC_PORT = -1

_EXCEPTIONS = "org.apache.hadoop.yarn.exceptions."
_INVALID_MASTER_REQUEST = f"{_EXCEPTIONS}InvalidApplicationMasterRequestException"

M = TypeVar("M", bound=Message)


class ApplicationMasterNotRegistered(ClusterError):
    """The ResourceManager came back without knowing us: register, then ask again.

    Containers that were allocated and not started are gone without a word.
    """


class ApplicationAttemptNotFound(ClusterError):
    """The attempt is over: another one may run; stop everything, unregister nothing."""


_TYPED: dict[str, type[ClusterError]] = {
    f"{_EXCEPTIONS}ApplicationMasterNotRegisteredException": (
        ApplicationMasterNotRegistered
    ),
    f"{_EXCEPTIONS}ApplicationAttemptNotFoundException": ApplicationAttemptNotFound,
    "org.apache.hadoop.security.token.SecretManager$InvalidToken": (
        ApplicationAttemptNotFound
    ),
    f"{_EXCEPTIONS}InvalidResourceRequestException": InvalidResourceRequest,
    f"{_EXCEPTIONS}InvalidLabelResourceRequestException": InvalidResourceRequest,
    f"{_EXCEPTIONS}SchedulerInvalidResourceRequestException": InvalidResourceRequest,
    # As Hadoop up to 3.4 spells it.
    f"{_EXCEPTIONS}SchedulerInvalidResoureRequestException": InvalidResourceRequest,
}
_NO_CONSTRAINTS = "SchedulingRequest"
"""In the words of a plain YarnException: it is switched off, or not for this scheduler
(`DisabledPlacementProcessor`, `SchedulerPlacementProcessor`)."""


class ApplicationMasterProtocol:
    """The calls of one attempt, one at a time. Use it in `async with`.

    Every call raises `ConnectionLost` when no ResourceManager answered (call again
    after `pause_s`), `ApplicationAttemptNotFound` when the attempt is over, and else
    `ClusterError`.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        token: Token,
        *,
        protections: tuple[Protection, ...] = LEAST_FIRST,
        ciphers: tuple[str, ...] = CIPHERS,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Name the ResourceManagers; nothing is sent yet.

        Args:
            addresses: Of their schedulers.
            token: Of the kind `YARN_AM_RM_TOKEN`, from the token file.
            protections: What to choose of the server's offer, the first choice first.
            ciphers: The same for PRIVACY.
            deadlines: For connecting and for calls.
        """
        self._token = token
        credential = TokenCredential(token, protections, ciphers)
        self._credential = credential
        self._channel = RpcChannel(PROTOCOL, Failover(addresses), credential, deadlines)
        self._outbox = Outbox()
        self._lock = asyncio.Lock()
        self._registration: Registration | None = None
        self._register_request = (
            yarn_service_pb2.RegisterApplicationMasterRequestProto()
        )

    async def __aenter__(self) -> Self:
        """Begin to own a connection."""
        await self._channel.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self._channel.__aexit__(kind, error, traceback)

    @property
    def pause_s(self) -> float:
        """How long to wait before a lost call is tried again, in seconds."""
        return self._channel.pause_s

    @property
    def waiting(self) -> bool:
        """Whether something has not been sent, or not been answered, yet."""
        return self._outbox.waiting

    async def register(
        self, host: str, tracking_url: str, *, rpc_port: int = NO_RPC_PORT
    ) -> Registration:
        """Tell the ResourceManager that the ApplicationMaster is up.

        Also to be called after `ApplicationMasterNotRegistered`; all that is still
        wanted must be asked for again then.

        Args:
            host: Where the ApplicationMaster runs; shown to users.
            tracking_url: Its web page, as the web proxy reaches it; "" for none.
            rpc_port: Shown to users.
        """
        self._register_request = yarn_service_pb2.RegisterApplicationMasterRequestProto(
            host=host, rpc_port=rpc_port, tracking_url=tracking_url
        )
        async with self._lock:
            return await self._register()

    async def _register(self) -> Registration:
        try:
            response = await self._call(
                "registerApplicationMaster",
                self._register_request,
                yarn_service_pb2.RegisterApplicationMasterResponseProto,
            )
        except ClusterError as error:
            if (
                error.java_class != _INVALID_MASTER_REQUEST
                or "already registered" not in error.remote_text
            ):
                raise
            # An earlier register was done and its reply was lost.
            registration = self._registration or Registration(maximum=None)
        else:
            registration = Registration.from_proto(response)
        self._registration = registration
        self._outbox.begin_again()
        return registration

    async def allocate(
        self,
        progress: float,
        asks: Iterable[AnyAsk] = (),
        releases: Iterable[ContainerId] = (),
        avoid: frozenset[str] | None = None,
    ) -> Allocation:
        """Send a heartbeat and return what it brought.

        What is given here is kept until it was sent, so it is given once only; after
        `InvalidResourceRequest` the asks are dropped.

        Args:
            progress: Of the job, 0 to 1.
            asks: Counts are absolute.
            releases: Containers to give back.
            avoid: All hosts and racks where nothing more is wanted; None: as before.

        Raises:
            ApplicationMasterNotRegistered: Register again.
            InvalidResourceRequest: One of the asks will never be served.
            LocalProtocolError: One of the asks would do harm.
        """
        asks = tuple(asks)
        known = self._registration or Registration(maximum=None)
        for ask in asks:
            check_ask(ask, known.resource_types, known.maximum)
        async with self._lock:
            self._outbox.add(asks, releases)
            if avoid is not None:
                self._outbox.avoid(avoid)
            return await self._allocate(progress)

    async def _allocate(self, progress: float) -> Allocation:
        try:
            response = await self._call(
                "allocate",
                self._outbox.request(progress),
                yarn_service_pb2.AllocateResponseProto,
            )
        except ClusterError:
            self._outbox.rejected()
            raise
        # Tested for presence: absent, it reads as its first value, AM_RESYNC.
        if response.HasField("a_m_command"):
            self._outbox.rejected()
            self._obey(response.a_m_command)
        self._outbox.answered(response.response_id)
        if response.HasField("am_rm_token"):
            self._roll_over(Token.from_proto(response.am_rm_token))
        return Allocation.from_proto(response)

    def _obey(self, command: int) -> None:
        resync = command == yarn_service_pb2.AM_RESYNC
        kind = ApplicationMasterNotRegistered if resync else ApplicationAttemptNotFound
        name = yarn_service_pb2.AMCommandProto.Name(command)
        raise kind(
            f"the ResourceManager says {name}", protocol=PROTOCOL, method="allocate"
        )

    def _roll_over(self, token: Token) -> None:
        """Use a newer token at once: the old one opens no connection before long."""
        if token.identifier != self._token.identifier:
            self._token = token
            self._credential = replace(self._credential, token=token)
            self._channel.use(self._credential)

    async def finish(
        self,
        status: FinalStatus,
        diagnostics: str,
        tracking_url: str = "",
        *,
        within_s: float = 60.0,
    ) -> None:
        """Tell the ResourceManager the end, until it has stored it.

        Stop all containers first; call nothing afterwards.

        Args:
            status: How it ended.
            diagnostics: Shown to users; YARN cuts it at 64 KiB.
            tracking_url: Where users are sent from now on; "" for YARN's own page.
            within_s: How long to try, through lost connections.
        """
        request = yarn_service_pb2.FinishApplicationMasterRequestProto(
            final_application_status=f"APP_{status}",
            diagnostics=diagnostics,
            tracking_url=tracking_url,
        )
        lost: ConnectionLost | None = None
        try:
            async with self._lock, asyncio.timeout(within_s):
                while True:
                    try:
                        if await self._finish(request, repeated=lost is not None):
                            return
                    except ConnectionLost as error:
                        lost = error
                    await asyncio.sleep(max(self.pause_s, FINISH_PAUSE_S))
        except TimeoutError as error:
            raise ConnectionLost(
                f"the ResourceManager did not store the end within {within_s:g} s"
            ) from (lost or error)

    async def _finish(
        self,
        request: yarn_service_pb2.FinishApplicationMasterRequestProto,
        *,
        repeated: bool,
    ) -> bool:
        """Return whether the end is stored."""
        kind = yarn_service_pb2.FinishApplicationMasterResponseProto
        try:
            response = await self._call("finishApplicationMaster", request, kind)
        except ApplicationMasterNotRegistered:
            await self._register()
            return False
        except ClusterError as error:
            # The call before was done, and its reply was lost.
            over = isinstance(error, ApplicationAttemptNotFound)
            if repeated and (over or error.java_class == _INVALID_MASTER_REQUEST):
                return True
            raise
        return response.isUnregistered

    async def _call(self, method: str, request: Message, kind: type[M]) -> M:
        try:
            data = await self._channel.call(method, request.SerializeToString())
        except ClusterError as error:
            typed = _kind_of(error)
            if typed is None:
                raise
            raise typed(
                error.message,
                protocol=error.protocol,
                method=method,
                java_class=error.java_class,
                remote_text=error.remote_text,
            ) from error
        return wire.parse(kind, data)


def _kind_of(error: ClusterError) -> type[ClusterError] | None:
    """Return what callers can act on, None where there is nothing better."""
    plain = error.java_class == f"{_EXCEPTIONS}YarnException"
    if plain and _NO_CONSTRAINTS in error.remote_text:
        return InvalidResourceRequest
    return _TYPED.get(error.java_class)
