"""Opens object stores with pyarrow, from Hadoop's properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import fs

from xlearning.errors import ConfigError
from xlearning.io.object_errors import translate
from xlearning.io.s3_options import s3_options

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_S = 5.0
REQUEST_S = 60.0
"""pyarrow gives up a request through which nothing has come for so long."""
ATTEMPTS = 3


def open_store(
    scheme: str, authority: str, properties: Mapping[str, str]
) -> fs.FileSystem:
    """Return the store of a scheme; nothing is connected yet.

    Raises:
        ConfigError: The properties do not say how to reach it.
        ConnectionLost: AWS was asked for the bucket's region and does not answer.
    """
    match scheme:
        case "s3" | "s3a":
            return _open_s3(authority, properties)
        case "gs":
            return fs.GcsFileSystem()
        case _:
            return _open_azure(authority, properties)


def _open_s3(bucket: str, properties: Mapping[str, str]) -> fs.FileSystem:
    options = s3_options(properties, bucket)
    return fs.S3FileSystem(
        access_key=options.access_key or None,
        secret_key=options.secret_key or None,
        session_token=options.session_token or None,
        anonymous=options.anonymous,
        region=options.region or _region(bucket),
        endpoint_override=options.endpoint or None,
        scheme=options.scheme,
        force_virtual_addressing=options.virtual_hosts,
        connect_timeout=CONNECT_S,
        request_timeout=REQUEST_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def _region(bucket: str) -> str:
    """Ask AWS where a bucket is."""
    try:
        return str(fs.resolve_s3_region(bucket))
    except OSError as error:
        raise translate(error, f"s3://{bucket}") from error


def _open_azure(authority: str, properties: Mapping[str, str]) -> fs.FileSystem:
    container, at, host = authority.partition("@")
    account = host.partition(".")[0]
    if not at or not container or not account:
        raise ConfigError(
            f"`abfs://{authority}` does not say which container of which account it is",
            hint="write abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
        )
    key = properties.get(f"fs.azure.account.key.{host}", "").strip()
    return fs.AzureFileSystem(account, account_key=key or None)
