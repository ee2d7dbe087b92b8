"""Texts that pyarrow 26 raised on moto's server and on closed ports."""

from __future__ import annotations

import pytest

from xlearning.errors import AuthenticationError, ClusterError, ConnectionLost
from xlearning.io.object_errors import translate


def text(name: str, rest: str) -> str:
    return (
        "When getting information for key 'a' in bucket 'b': "
        f"AWS Error {name} during HeadObject operation: {rest}"
    )


@pytest.mark.parametrize(
    ("name", "rest", "kind", "shown"),
    [
        ("ACCESS_DENIED", "No response body.", PermissionError, "Permission denied"),
        (
            "NO_SUCH_BUCKET",
            "The specified bucket does not exist (Request ID: Az6TM)",
            FileNotFoundError,
            "no such bucket",
        ),
        ("UNKNOWN", "HTTP status 403: x", PermissionError, "Permission denied"),
        ("UNKNOWN", "HTTP status 418: x", ClusterError, "UNKNOWN HTTP status 418"),
        (
            "NETWORK_CONNECTION",
            "curlCode: 7, Could not connect to server",
            ConnectionLost,
            "`s3://b/a` cannot be reached: curlCode: 7, Could not connect to server",
        ),
        ("SLOW_DOWN", "", ConnectionLost, "cannot be reached: SLOW_DOWN"),
        (
            "INVALID_ACCESS_KEY_ID",
            "The key is unknown. (Request ID: x)",
            AuthenticationError,
            "did not accept who we are: The key is unknown",
        ),
    ],
)
def test_s3(name: str, rest: str, kind: type[Exception], shown: str) -> None:
    error = translate(OSError(text(name, rest)), "s3://b/a")
    assert isinstance(error, kind)
    assert shown in str(error)
    assert "Request ID" not in str(error)


def test_what_has_a_number_keeps_it() -> None:
    error = translate(FileNotFoundError(2, "Path does not exist 'b/a'"), "s3://b/a")
    assert isinstance(error, FileNotFoundError)
    assert str(error) == "[Errno 2] No such file or directory: 's3://b/a'"


def test_other_words_are_handed_on() -> None:
    error = translate(OSError("google says no"), "gs://b/a")
    assert isinstance(error, ClusterError)
    assert str(error) == "the object store failed on `gs://b/a`: google says no"
