"""The ApplicationMaster's JSON API, reached through the ResourceManager's proxy."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

import msgspec

from xlearning.errors import ConnectionLost
from xlearning.job.snapshot import JobSnapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.hadoop.rest import ResourceManagerRest

T = TypeVar("T")


class LogPiece(msgspec.Struct, frozen=True):
    """A piece of a log file.

    Attributes:
        offset: Where it begins.
        size: The size of the whole file now.
        data: Its bytes in base64.
        error: Why there is none, "" when there is.
    """

    offset: int
    size: int
    data: str
    error: str = ""

    @property
    def content(self) -> bytes:
        """The piece's bytes.

        Raises:
            ConnectionLost: They are damaged.
        """
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ConnectionLost(f"its page sent a damaged log: {error}") from error


class _Session(msgspec.Struct, frozen=True):
    token: str


class _Saving(msgspec.Struct, frozen=True):
    number: int


class MasterApi:
    """What the ApplicationMaster of one job answers.

    Every call raises `ConnectionLost` when there is none (or one of another version),
    `ClusterError` when it refuses.
    """

    def __init__(self, rest: ResourceManagerRest, tracking_url: str) -> None:
        """Speak to the ApplicationMaster behind a report's tracking URL."""
        self._rest = rest
        self._url = tracking_url

    def snapshot(self, since: int = 0) -> JobSnapshot:
        """Return the job now, with the messages after number `since`."""
        return self._get("api/job", JobSnapshot, since=str(since))

    def stop(self, reason: str) -> None:
        """Ask the ApplicationMaster to end the job."""
        token = self._get("api/session", _Session).token
        self._rest.proxy_put(self._url, "api/stop", {"token": token, "reason": reason})

    def save(self) -> int:
        """Ask the ApplicationMaster to save the model; return the save's number."""
        token = self._get("api/session", _Session).token
        answer = self._rest.proxy_put(self._url, "api/save", {"token": token})
        return _read(answer, _Saving).number

    def log(self, task: str, file: str, offset: int, limit: int) -> LogPiece:
        """Return a piece of a task's log file, at most `limit` bytes from `offset`."""
        query = {"offset": str(offset), "limit": str(limit)}
        return self._get("api/log", LogPiece, task=task, file=file, **query)

    def _get(self, path: str, kind: type[T], **query: str) -> T:
        return _read(self._rest.proxy_get(self._url, path, query or None), kind)


def _read(answer: Mapping[str, object], kind: type[T]) -> T:
    try:
        return msgspec.convert(dict(answer), kind)
    except msgspec.ValidationError as error:
        raise ConnectionLost(
            f"the job's page does not answer as expected: {error}",
            hint="it may be of another version of xlearning",
        ) from error
