"""The ResourceManager's REST API, and a job's page behind its web proxy.

One method per call, values out; how requests are sent is `rest_transport`'s business,
what answers mean `reports`'. Import this late: it costs a tenth of a second.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from xlearning.errors import ConnectionLost, RemoteProtocolError
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
from xlearning.hadoop.rest_transport import (
    TIMEOUTS_S,
    Authentication,
    RestError,
    SimpleAuthentication,
    YarnApi,
    check,
    parsed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yarn_api_client.base import Response

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
        self._api = YarnApi(
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
        check(answer, f"{method} {path}")
        return _json(parsed(answer))


def _json(response: Response) -> Json:
    """Return an answer's object."""
    data = response.data
    if not isinstance(data, dict):
        raise RemoteProtocolError("the ResourceManager's answer is no JSON object")
    return cast("Json", data)
