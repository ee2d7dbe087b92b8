from __future__ import annotations

import pytest

from xlearning.local.proxy import proxied_body, proxied_query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("x=1&y=a%20b", "x=1&y=a+b"),
        ("a=%2B%26%25%22", "a=%2B%26%25%22"),
        ("key", None),
        ("a=1;b=2", "a=1&b=2"),
        ("a=1;b", None),
        ("a={x}", None),
    ],
)
def test_queries_are_rebuilt_or_fail(query: str, expected: str | None) -> None:
    """As seen on Hadoop 3.5."""
    assert proxied_query(query) == expected


def test_bodies_lose_line_ends_and_what_is_not_latin() -> None:
    assert proxied_body(b'{"a":\n "b"}') == b'{"a": "b"}'
    assert proxied_body("ü漢".encode()) == b"\xfc?"
