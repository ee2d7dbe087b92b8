"""How REST requests are sent and refused: the transport under `rest`.

The endpoints are `yarn-api-client`'s; how a request is sent is ours, because that
library takes a standby for active, keeps cookies (the cookie of one user outranks
another's `user.name`), honours proxies of the environment and has one error for all.
Every request may be repeated, so it goes to the next ResourceManager when one is a
standby or does not answer.
"""

from __future__ import annotations

import logging
import re
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from yarn_api_client.base import BaseYarnAPI, Response
from yarn_api_client.resource_manager import ResourceManager

from xlearning.errors import (
    AuthenticationError,
    ClusterError,
    ConnectionLost,
    RemoteProtocolError,
)
from xlearning.hadoop.reports import member, text

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG = logging.getLogger(__name__)

TIMEOUTS_S = (3.0, 30.0)
"""For connecting, and for every wait for bytes."""

_OK = (200, 201, 202)
_STANDBY = 307
_JAVA_CLASSES = re.compile(r"\A(?:(?:[a-z]\w*\.)+[A-Z][\w$]*: )+")
_LONGEST_TEXT = 1000


class RestError(ClusterError):
    """A REST call was refused.

    Attributes:
        status: Of HTTP. 503 does not mean "try again" here: YARN also answers so to
            bad input.
    """

    def __init__(
        self,
        status: int,
        method: str,
        *,
        java_class: str = "",
        remote_text: str = "",
        server: str = "",
    ) -> None:
        """Tell what a server said; who says nothing may be another one than thought."""
        reason = remote_text or java_class or "no reason given"
        doubt = f"is `{server}` a ResourceManager?" if server else None
        super().__init__(
            f"{method} was refused with status {status}: {reason}",
            protocol="REST",
            method=method,
            java_class=java_class,
            remote_text=remote_text,
            hint=None if remote_text or java_class else doubt,
        )
        self.status = status


class Authentication(Protocol):
    """Who we are, put on every request.

    Attributes:
        keeps_cookies: Whether the server's cookie may stand for the user afterwards.
    """

    keeps_cookies: bool

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add what proves it to a request."""


class SimpleAuthentication(AuthBase):
    """A name that the server believes, on clusters without security."""

    keeps_cookies = False

    def __init__(self, user: str) -> None:
        self._user = user

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add `user.name` to the query."""
        r.prepare_url(r.url, {"user.name": self._user})
        return r


class YarnApi(ResourceManager):  # type: ignore[misc]  # the library has no types
    """yarn-api-client's endpoints over requests of our own."""

    def __init__(
        self,
        endpoints: Sequence[str],
        authentication: Authentication,
        *,
        timeouts_s: tuple[float, float],
        verify: bool | str,
    ) -> None:
        # The parent's would probe, and take a standby for active.
        BaseYarnAPI.__init__(
            self, endpoints[0], timeouts_s, authentication, verify, proxies={}
        )
        self.endpoints = [_base(endpoint) for endpoint in endpoints]
        self.session.trust_env = False
        self.session.headers["Accept"] = "application/json"
        if not authentication.keeps_cookies:
            nobody = DefaultCookiePolicy(allowed_domains=[])
            self.session.cookies.set_policy(nobody)

    def request(
        self, api_path: str, method: str = "GET", **options: object
    ) -> Response:
        """Send a request to the ResourceManager that serves.

        Raises:
            ConnectionLost: None does.
            AuthenticationError: It does not believe who we are.
            RestError: It refused.
            RemoteProtocolError: Its answer is no JSON.
        """
        reasons = []
        for endpoint in tuple(self.endpoints):
            try:
                answer = self.send(method, endpoint + api_path, **options)
            except ConnectionLost as error:
                reasons.append(error.message)
                continue
            if answer.status_code == _STANDBY:
                reasons.append(f"{endpoint} is a standby")
                continue
            self.endpoints.remove(endpoint)
            self.endpoints.insert(0, endpoint)
            check(answer, f"{method} {api_path}")
            return parsed(answer)
        raise ConnectionLost(
            f"no ResourceManager answers: {'; '.join(reasons)}",
            hint="check yarn.resourcemanager.webapp.address, and that it is up",
        )

    def send(self, method: str, url: str, **options: object) -> requests.Response:
        """Send one request and follow nothing.

        Raises:
            ConnectionLost: No answer came.
        """
        try:
            answer: requests.Response = self.session.request(
                method, url, timeout=self.timeout, allow_redirects=False, **options
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise ConnectionLost(f"{_origin(url)}: {_reason(error)}") from error
        LOG.debug("< %s %s %d", method, url, answer.status_code)
        return answer


def _base(endpoint: str) -> str:
    scheme = "" if endpoint.startswith(("http://", "https://")) else "http://"
    return scheme + endpoint.rstrip("/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    words = str(error)
    for known in ("Connection refused", "Name or service not known"):
        if known in words:
            return known.lower()
    return type(error).__name__


def check(answer: requests.Response, what: str) -> None:
    """Raise what an answer says, unless it is a good one.

    Raises:
        AuthenticationError: The server does not believe who we are.
        RestError: It refused.
    """
    if answer.status_code in _OK:
        return
    java_class, message = _remote_exception(answer)
    if answer.status_code == 401:
        raise AuthenticationError(
            f"the ResourceManager does not know us: {message or 'status 401'}",
            hint="on a cluster with Kerberos, get a ticket with kinit",
        )
    raise RestError(
        answer.status_code,
        what,
        java_class=java_class,
        remote_text=message,
        server=_origin(answer.url),
    )


def _remote_exception(answer: requests.Response) -> tuple[str, str]:
    """Return an error's Java class and message; pages in HTML have neither."""
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/plain"):
        return "", answer.text.strip()[:_LONGEST_TEXT]
    try:
        data = answer.json()
    except requests.JSONDecodeError:
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    remote = member(data, "RemoteException")
    message = text(remote, "message") or text(data, "error") or text(data, "message")
    return text(remote, "javaClassName"), _JAVA_CLASSES.sub("", message)


def parsed(answer: requests.Response) -> Response:
    """Return an answer's content.

    Raises:
        RemoteProtocolError: It is no JSON.
    """
    try:
        return Response(answer)
    except requests.JSONDecodeError as error:
        url = urlsplit(answer.url).path
        raise RemoteProtocolError(f"the answer of {url} is no JSON") from error
