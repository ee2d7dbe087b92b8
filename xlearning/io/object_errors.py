"""What pyarrow's object stores raise, as Python's own errors or ours. Pure.

pyarrow has an errno for what is missing and for little else; the store's own word
stands in the text: `When … in bucket 'b': AWS Error ACCESS_DENIED during … operation:`.
"""

from __future__ import annotations

import errno
import os
import re

from xlearning.errors import AuthenticationError, ClusterError, ConnectionLost

_AWS = re.compile(r"AWS Error (?P<name>\w+) during \w+ operation:? *(?P<text>.*)", re.S)
_REQUEST = re.compile(r" *\((Request ID|Host ID).*", re.S)
_HTTP_STATUS = re.compile(r"HTTP status (\d{3})")

_ERRNO_BY_NAME = {
    "NO_SUCH_BUCKET": errno.ENOENT,
    "NO_SUCH_KEY": errno.ENOENT,
    "RESOURCE_NOT_FOUND": errno.ENOENT,
    "ACCESS_DENIED": errno.EACCES,
    "BUCKET_ALREADY_OWNED_BY_YOU": errno.EEXIST,
}
_ERRNO_BY_STATUS = {"403": errno.EACCES, "404": errno.ENOENT}
_NOT_ACCEPTED = {
    "INVALID_ACCESS_KEY_ID",
    "INVALID_CLIENT_TOKEN_ID",
    "INVALID_SIGNATURE",
    "SIGNATURE_DOES_NOT_MATCH",
    "MISSING_AUTHENTICATION_TOKEN",
    "UNRECOGNIZED_CLIENT",
    "REQUEST_EXPIRED",
}
_KEYS_HINT = (
    "fs.s3a.access.key and fs.s3a.secret.key in core-site.xml, or AWS_ACCESS_KEY_ID "
    "and AWS_SECRET_ACCESS_KEY, say who we are"
)
_NOT_ANSWERED = {
    "NETWORK_CONNECTION",
    "SLOW_DOWN",
    "THROTTLING",
    "INTERNAL_FAILURE",
    "SERVICE_UNAVAILABLE",
    "REQUEST_TIMEOUT",
    "REQUEST_TIME_TOO_SKEWED",
}


def translate(error: Exception, url: str) -> Exception:
    """Return what to raise in place of an error of an object store.

    Args:
        error: pyarrow's.
        url: What the call was about.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, os.strerror(error.errno), url)
    match = _AWS.search(str(error))
    if match is None:
        return _other(str(error), url)
    name, text = match["name"], _REQUEST.sub("", match["text"]).strip().rstrip(".")
    status = _HTTP_STATUS.search(match["text"])
    number = _ERRNO_BY_NAME.get(name)
    if number is None and name == "UNKNOWN" and status is not None:
        number = _ERRNO_BY_STATUS.get(status[1])
    if number is not None:
        return OSError(number, _words(name, number), url)
    if name in _NOT_ACCEPTED:
        return AuthenticationError(
            f"`{url}` did not accept who we are: {text or name}", hint=_KEYS_HINT
        )
    if name in _NOT_ANSWERED:
        return ConnectionLost(
            f"`{url}` cannot be reached: {text or name}",
            hint="is fs.s3a.endpoint the right address?",
        )
    return ClusterError(
        f"the object store failed on `{url}`: {name} {text}".strip(),
        protocol="S3",
        remote_text=str(error),
    )


def _words(name: str, number: int) -> str:
    if name == "NO_SUCH_BUCKET":
        return "there is no such bucket"
    return os.strerror(number)


def _other(text: str, url: str) -> Exception:
    return ClusterError(
        f"the object store failed on `{url}`: {text}",
        protocol="object store",
        remote_text=text,
    )
