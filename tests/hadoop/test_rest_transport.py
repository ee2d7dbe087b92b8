"""What is sent and refused is tested with the calls, in `test_rest`."""

from __future__ import annotations

import requests

from xlearning.hadoop.rest_transport import RestError, SimpleAuthentication


def test_the_user_joins_the_query() -> None:
    request = requests.Request("GET", "http://rm:8088/x?a=b", auth=None).prepare()

    signed = SimpleAuthentication("alice b")(request)

    assert signed.url == "http://rm:8088/x?a=b&user.name=alice+b"


def test_a_refusal_says_what_is_known() -> None:
    error = RestError(503, "GET /x", java_class="java.X")

    assert str(error) == "GET /x was refused with status 503: java.X"
    assert (error.status, error.protocol, error.exit_code) == (503, "REST", 5)
