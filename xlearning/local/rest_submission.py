"""What is posted to `/ws/v1/cluster/apps`, read as YARN reads it. Pure.

`RMWebAppUtil`: unknown keys and wrong types are ignored, tags count only as a list, an
unusable local resource is a NullPointerException that is answered with 503.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.hadoop.credentials import Credentials, token_from_url_string
from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
)
from xlearning.hadoop.reports import Json, member, number, objects, text
from xlearning.hadoop.resource import Resource
from xlearning.local.applications import Submission
from xlearning.local.cluster import BAD_REQUEST, refusal
from xlearning.local.submissions import wrong_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

NULL_POINTER = "java.lang.NullPointerException"
APPLICATION_ID = re.compile(r"application_\d+_\d{4,}\Z")
_UNSAFE_IN_URL = re.compile(r"[ #]")


def parse_submission(body: Json, user: str, default_queue: str) -> Submission:
    """Read a submission.

    Raises:
        ClusterError: YARN refuses it at once.
    """
    application_id = text(body, "application-id")
    if not APPLICATION_ID.match(application_id):
        raise refusal(BAD_REQUEST, f"Could not parse application id {application_id}")
    queue = text(body, "queue") if "queue" in body else default_queue
    if not queue:
        raise refusal(
            BAD_REQUEST,
            f"Failed to place application {application_id} in a queue: "
            "queue is null or empty",
        )
    size = member(body, "resource")
    return Submission(
        application_id=application_id,
        user=user,
        context=_context(member(body, "am-container-spec")),
        resource=Resource(number(size, "memory", 0), number(size, "vCores", 0)),
        name=_named(body, "application-name", "N/A"),
        queue=queue.removeprefix("root."),
        application_type=_named(body, "application-type", "YARN"),
        tags=_tags(member(body, "application-tags").get("tag")),
        priority=number(body, "priority"),
        max_attempts=number(body, "max-app-attempts", 0),
        keep_containers=_flag(body, "keep-containers-across-application-attempts"),
        failures_validity_ms=number(body, "attempt-failures-validity-interval"),
        am_label=text(body, "am-container-node-label-expression"),
        label=text(body, "app-node-label-expression"),
    )


def check_configured(most: Resource, asked: Resource) -> None:
    """Refuse an ApplicationMaster above what is configured (`RMWebAppUtil`).

    Raises:
        ClusterError: In words that only REST has.
    """
    if asked.memory_mb > most.memory_mb:
        raise refusal(BAD_REQUEST, "Requested more memory than configured max")
    if asked.virtual_cores > most.virtual_cores:
        raise refusal(BAD_REQUEST, "Requested more cores than configured max")


def _tags(given: object) -> tuple[str, ...]:
    """Read tags."""
    tags = [str(tag) for tag in given] if isinstance(given, list) else []
    wrong = wrong_tags(tags)
    if wrong:
        raise refusal(BAD_REQUEST, f"java.lang.IllegalArgumentException: {wrong}")
    return tuple(tag.lower() for tag in tags)


def _named(body: Json, key: str, default: str) -> str:
    """Return a text: of its own "" where it is absent, the default where it is null."""
    return default if key in body and body[key] is None else text(body, key)


def _flag(body: Json, key: str) -> bool:
    return str(body.get(key, "")).lower() == "true"


def _entries(spec: Json, key: str) -> list[Json]:
    return objects(member(spec, key).get("entry"))


def _context(spec: Json) -> ContainerLaunchContext:
    command = member(spec, "commands").get("command")
    words = [str(each) for each in command] if isinstance(command, list) else None
    resources = {
        text(each, "key"): _local_resource(text(each, "key"), member(each, "value"))
        for each in _entries(spec, "local-resources")
    }
    known = {"VIEW_APP", "MODIFY_APP"}
    return ContainerLaunchContext(
        command=" ".join(words) if words is not None else str(command or ""),
        environment=_mapping(_entries(spec, "environment")),
        local_resources=resources,
        credentials=_credentials(member(spec, "credentials")),
        acls={
            key: value
            for key, value in _mapping(_entries(spec, "application-acls")).items()
            if key in known
        },
    )


def _mapping(entries: Iterable[Json]) -> dict[str, str]:
    return {text(each, "key"): text(each, "value") for each in entries}


def _local_resource(link: str, value: Json) -> LocalResource:
    url = text(value, "resource")
    try:
        kind = LocalResourceType(text(value, "type"))
        visibility = LocalResourceVisibility(text(value, "visibility"))
    except ValueError as error:
        what = "type" if "type" not in str(value) else "visibility"
        raise refusal(
            NULL_POINTER, f"Null resource {what} for local resource {link}"
        ) from error
    if not url or _UNSAFE_IN_URL.search(url):
        raise refusal(
            NULL_POINTER, 'Cannot invoke "java.net.URI.getHost()" because "uri" is null'
        )
    return LocalResource(
        url, number(value, "size", 0), number(value, "timestamp", 0), kind, visibility
    )


def _credentials(given: Json) -> bytes:
    try:
        tokens = {
            text(each, "key"): token_from_url_string(text(each, "value"))
            for each in _entries(given, "tokens")
        }
        secrets = {
            text(each, "key"): _unpadded(text(each, "value"))
            for each in _entries(given, "secrets")
        }
    except (ConfigError, binascii.Error) as error:
        words = "Could not parse credentials data; exception message = null"
        raise refusal(BAD_REQUEST, words) from error
    return Credentials(tokens, secrets).to_bytes() if tokens or secrets else b""


def _unpadded(value: str) -> bytes:
    bare = value.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
