"""The ResourceManager's REST API, and a job's page behind its web proxy.

The endpoints are `yarn-api-client`'s; how a request is sent is ours, because that
library takes a standby for active, keeps cookies (the cookie of one user outranks
another's `user.name`), honours proxies of the environment and has one error for all.
Everything here may be repeated, so a request goes to the next ResourceManager when one
is a standby or does not answer. Import this late: it costs a tenth of a second.
"""

from __future__ import annotations

import json
import logging
import re
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Protocol, cast
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
from xlearning.hadoop.reports import (
    ApplicationReport,
    AttemptReport,
    ClusterInfo,
    ClusterMetrics,
    ClusterNode,
    Json,
    NewApplication,
    leaf_queues,
    member,
    objects,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ApplicationReport",
    "AttemptReport",
    "Authentication",
    "ClusterInfo",
    "ClusterMetrics",
    "ClusterNode",
    "NewApplication",
    "ResourceManagerRest",
    "RestError",
    "SimpleAuthentication",
]

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
        self, status: int, method: str, *, java_class: str = "", remote_text: str = ""
    ) -> None:
        reason = remote_text or java_class or "no reason given"
        super().__init__(
            f"{method} was refused with status {status}: {reason}",
            protocol="REST",
            method=method,
            java_class=java_class,
            remote_text=remote_text,
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


class _Api(ResourceManager):  # type: ignore[misc]  # the library has no types
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
            _check(answer, f"{method} {api_path}")
            return _parsed(answer)
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


def _check(answer: requests.Response, what: str) -> None:
    """Raise what an answer says, unless it is a good one."""
    if answer.status_code in _OK:
        return
    java_class, message = _remote_exception(answer)
    if answer.status_code == 401:
        raise AuthenticationError(
            f"the ResourceManager does not know us: {message or 'status 401'}",
            hint="on a cluster with Kerberos, get a ticket with kinit",
        )
    raise RestError(
        answer.status_code, what, java_class=java_class, remote_text=message
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


def _parsed(answer: requests.Response) -> Response:
    try:
        return Response(answer)
    except requests.JSONDecodeError as error:
        url = urlsplit(answer.url).path
        raise RemoteProtocolError(f"the answer of {url} is no JSON") from error


class ResourceManagerRest:
    """The calls that a client makes. Not to be shared between threads.

    Every call raises `ConnectionLost` when no ResourceManager serves,
    `AuthenticationError`, and else `RestError`, whose `status` is 404 for an unknown
    application.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        authentication: Authentication,
        *,
        timeouts_s: tuple[float, float] = TIMEOUTS_S,
        verify: bool | str = True,
    ) -> None:
        """Name the ResourceManagers; nothing is sent yet.

        Args:
            endpoints: Their web addresses, `http(s)://host:port` or `host:port`.
            authentication: Who we are.
            timeouts_s: For connecting, and for every wait for bytes.
            verify: Of certificates: whether, or a file of authorities.
        """
        self._api = _Api(
            endpoints, authentication, timeouts_s=timeouts_s, verify=verify
        )

    @property
    def endpoint(self) -> str:
        """Web address of the ResourceManager that answered last."""
        return self._api.endpoints[0]

    def close(self) -> None:
        """Close all connections."""
        self._api.session.close()

    def cluster_info(self) -> ClusterInfo:
        """Say which cluster answers."""
        return ClusterInfo.from_json(_json(self._api.cluster_information()))

    def metrics(self) -> ClusterMetrics:
        """Say how much of the cluster is taken."""
        return ClusterMetrics.from_json(_json(self._api.cluster_metrics()))

    def nodes(self) -> tuple[ClusterNode, ...]:
        """List all NodeManagers that serve or are about to."""
        listed = member(_json(self._api.cluster_nodes()), "nodes")
        return tuple(
            ClusterNode.from_json(each) for each in objects(listed.get("node"))
        )

    def queues(self) -> tuple[str, ...]:
        """List the full paths of all queues that take applications."""
        return leaf_queues(_json(self._api.cluster_scheduler()))

    def configuration(self) -> dict[str, str]:
        """Return the ResourceManager's own configuration, passwords masked."""
        listed = objects(_json(self._api.request("/conf")).get("properties"))
        return {text(each, "key"): text(each, "value") for each in listed}

    def new_application(self) -> NewApplication:
        """Get an application's id."""
        return NewApplication.from_json(_json(self._api.cluster_new_application()))

    def submit(self, body: Mapping[str, object]) -> None:
        """Submit an application; it may still be rejected afterwards.

        Submitting the same id again changes nothing, so a lost answer does no harm.

        Args:
            body: `ApplicationSubmissionContextInfo` of the REST API.
        """
        self._api.cluster_submit_application(dict(body))

    def application(self, application_id: str) -> ApplicationReport:
        """Report on an application."""
        data = _json(self._api.cluster_application(application_id))
        return ApplicationReport.from_json(member(data, "app"))

    def applications(
        self,
        *,
        user: str | None = None,
        states: Sequence[str] = (),
        types: Sequence[str] = (),
        tags: Sequence[str] = (),
        limit: int | None = None,
    ) -> tuple[ApplicationReport, ...]:
        """Report on applications.

        Args:
            user: Of this user only.
            states: In one of these states only.
            types: Of one of these types only.
            tags: With one of these tags only.
            limit: At most so many.
        """
        data = self._api.cluster_applications(
            user=user,
            states=list(states) or None,
            application_types=list(types) or None,
            application_tags=list(tags) or None,
            limit=limit,
        )
        listed = member(_json(data), "apps")
        reports = map(ApplicationReport.from_json, objects(listed.get("app")))
        return tuple(reports)

    def attempts(self, application_id: str) -> tuple[AttemptReport, ...]:
        """Report on all lives of an application's ApplicationMaster, oldest first."""
        data = _json(self._api.cluster_application_attempts(application_id))
        listed = objects(member(data, "appAttempts").get("appAttempt"))
        reports = map(AttemptReport.from_json, listed)
        return tuple(sorted(reports, key=lambda report: report.number))

    def kill(self, application_id: str, diagnostics: str = "") -> str:
        """Let YARN kill an application and return its state of the moment.

        `KILLED` is the end; else look again.

        Args:
            application_id: Which one.
            diagnostics: Who did it and why, shown to users.
        """
        wanted = {"state": "KILLED"} | (
            {"diagnostics": diagnostics} if diagnostics else {}
        )
        path = f"/ws/v1/cluster/apps/{application_id}/state"
        return text(_json(self._api.request(path, "PUT", json=wanted)), "state")

    def proxy_get(
        self, tracking_url: str, path: str, query: Mapping[str, str] | None = None
    ) -> Json:
        """Get JSON from an ApplicationMaster, through the web proxy.

        Args:
            tracking_url: Of its report, while it runs.
            path: Below it, e.g. `api/job`.
            query: Values without braces, which the proxy breaks at.

        Raises:
            ConnectionLost: The ApplicationMaster does not answer, or is gone.
            RestError: It refused.
        """
        return self._through_proxy("GET", tracking_url, path, params=query)

    def proxy_put(self, tracking_url: str, path: str, body: Json) -> Json:
        """Put JSON to an ApplicationMaster, through the web proxy.

        Args:
            tracking_url: Of its report, while it runs.
            path: Below it.
            body: Sent as ASCII in one line, since the proxy breaks anything else.

        Raises:
            ConnectionLost: The ApplicationMaster does not answer, or is gone.
            RestError: It refused.
        """
        headers = {"Content-Type": "application/json"}
        data = json.dumps(body).encode("ascii")
        return self._through_proxy(
            "PUT", tracking_url, path, data=data, headers=headers
        )

    def _through_proxy(
        self, method: str, tracking_url: str, path: str, **options: object
    ) -> Json:
        url = f"{tracking_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            answer = self._api.send(method, url, **options)
        except ConnectionLost:
            # The tracking URL names the ResourceManager as it calls itself.
            if "/proxy/" not in url:
                raise
            url = self.endpoint + urlsplit(url).path
            answer = self._api.send(method, url, **options)
        # A redirect leads to YARN's page about an application that serves none; pages
        # with errors are the proxy's own, the ApplicationMaster's are JSON.
        is_json = "json" in answer.headers.get("Content-Type", "")
        if answer.is_redirect or not is_json:
            raise ConnectionLost(
                f"the ApplicationMaster does not answer through the proxy "
                f"(status {answer.status_code})"
            )
        _check(answer, f"{method} {path}")
        return _json(_parsed(answer))


def _json(response: Response) -> Json:
    """Return an answer's object."""
    data = response.data
    if not isinstance(data, dict):
        raise RemoteProtocolError("the ResourceManager's answer is no JSON object")
    return cast("Json", data)
