"""How an S3 is reached, from Hadoop's `fs.s3a.*` properties. Pure.

The names are those of Hadoop's S3A client (`hadoop-aws`, "Connecting to an S3 bucket"),
each of them also for one bucket alone: `fs.s3a.bucket.<name>.endpoint`. Keys travel to
the nodes with the other properties, in YARN's credentials (`xlearning.job.handover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from xlearning.errors import ConfigError
from xlearning.io.uris import split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "fs.s3a."
SCHEMES = frozenset({"s3", "s3a"})
_AWS = "s3.amazonaws.com"
_ENVIRONMENT = {
    "access.key": "AWS_ACCESS_KEY_ID",
    "secret.key": "AWS_SECRET_ACCESS_KEY",
    "session.token": "AWS_SESSION_TOKEN",
    "endpoint": "AWS_ENDPOINT_URL_S3",
    "endpoint.region": "AWS_REGION",
}
_ANONYMOUS = "AnonymousAWSCredentialsProvider"


@dataclass(frozen=True, slots=True)
class S3Options:
    """How one bucket is reached.

    Attributes:
        access_key: "" for what the machine itself offers, e.g. its role in AWS.
        secret_key: Goes with it.
        session_token: Of temporary keys, "" for none.
        endpoint: `host[:port]`, "" for AWS.
        scheme: `http` or `https`.
        region: "" to find it out.
        virtual_hosts: Whether the bucket is a part of the host's name.
        anonymous: Whether nobody's name is given.
    """

    access_key: str = ""
    secret_key: str = ""
    session_token: str = ""
    endpoint: str = ""
    scheme: str = "https"
    region: str = ""
    virtual_hosts: bool = False
    anonymous: bool = False


def s3_options(properties: Mapping[str, str], bucket: str) -> S3Options:
    """Read what Hadoop's properties say about a bucket.

    Raises:
        ConfigError: Of the two keys only one is given.
    """

    def value(name: str) -> str:
        own = properties.get(f"{PREFIX}bucket.{bucket}.{name}", "").strip()
        return own or properties.get(PREFIX + name, "").strip()

    access, secret = value("access.key"), value("secret.key")
    if bool(access) != bool(secret):
        missing = "secret" if access else "access"
        raise ConfigError(
            f"`{PREFIX}{missing}.key` is not set, but the other key of "
            f"`s3://{bucket}` is",
            hint="give both, or none for what the machine itself offers",
        )
    scheme, endpoint = _endpoint(value("endpoint"))
    plain = value("connection.ssl.enabled").lower() == "false"
    path_style = value("path.style.access").lower()
    return S3Options(
        access_key=access,
        secret_key=secret,
        session_token=value("session.token"),
        endpoint=endpoint,
        scheme=scheme or ("http" if plain else "https"),
        region=value("endpoint.region") or ("us-east-1" if endpoint else ""),
        virtual_hosts=bool(endpoint) and path_style == "false",
        anonymous=_ANONYMOUS in value("aws.credentials.provider"),
    )


def http_url(url: str, properties: Mapping[str, str]) -> str:
    """Return where an object is on the web, percent-encoded; no key is in it.

    Args:
        url: `s3://bucket/key`.
        properties: Hadoop's, resolved.

    Raises:
        ConfigError: Of the bucket's two keys only one is given.
    """
    location = split_url(url)
    bucket, path = location.authority, quote(location.path, errors="surrogateescape")
    options = s3_options(properties, bucket)
    region = f"s3.{options.region}.amazonaws.com" if options.region else _AWS
    host = options.endpoint or region
    if options.virtual_hosts:
        return f"{options.scheme}://{bucket}.{host}{path}"
    return f"{options.scheme}://{host}/{bucket}{path}"


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that stand for AWS's own variables."""
    found = {
        PREFIX + name: environ[variable]
        for name, variable in _ENVIRONMENT.items()
        if environ.get(variable)
    }
    other = environ.get("AWS_ENDPOINT_URL", "")
    return {**({PREFIX + "endpoint": other} if other else {}), **found}


def _endpoint(text: str) -> tuple[str, str]:
    """Split `http://host:port/` into scheme and the rest."""
    scheme, mark, rest = text.partition("://")
    if not mark:
        return "", text.rstrip("/")
    return scheme.lower(), rest.rstrip("/")
