"""Hadoop's patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.io.globs import (
    compile_part,
    escape,
    expand_alternatives,
    has_wildcard,
    is_literal,
    unescape,
)


@pytest.mark.parametrize(
    ("pattern", "expanded"),
    [
        ("/a", ["/a"]),
        ("/{a,b}", ["/{a,b}"]),
        ("/{a/b,c}", ["/a/b", "/c"]),
        ("/{a/,c}/{d,e}/{f/,g}", ["/a//{d,e}/f/", "/a//{d,e}/g",
                                  "/c/{d,e}/f/", "/c/{d,e}/g"]),
        ("{a/{b,c},d}", ["a/{b,c}", "d"]),
        ("{a/{b/x,c},d}", ["a/b/x", "a/c", "d"]),
        ("{a,{b/c,a}}", ["a", "b/c"]),
        (r"{a\,/b,c}", [r"a\,/b", "c"]),
        (r"\{a/b,c}", [r"\{a/b,c}"]),
        ("a}/b", ["a}/b"]),
    ],
)  # fmt: skip
def test_alternatives_with_folders(pattern: str, expanded: list[str]) -> None:
    assert list(expand_alternatives(pattern)) == expanded


@pytest.mark.parametrize(
    ("part", "matching", "other"),
    [
        ("*", ["", "a", ".b", "a\nb"], []),
        ("a?c", ["abc", "a.c"], ["ac", "abbc"]),
        ("[a-c]", ["a", "b", "c"], ["d", "-", ""]),
        ("[^a-c]", ["d"], ["a"]),
        ("[!a]", ["b", "!"], ["a"]),
        ("[a!]", ["a", "!"], ["b"]),
        ("[]a]", ["]", "a"], ["b"]),
        (r"[\]-]", ["]", "-"], ["\\"]),
        ("[a^]", ["a", "^"], ["b"]),
        ("{ab,c{de,fh}}", ["ab", "cde", "cfh"], ["c", "abcde"]),
        ("a,b}", ["a,b}"], ["a"]),
        (r"\*", ["*"], ["a", r"\*"]),
        ("a.b+(c)|$", ["a.b+(c)|$"], ["axb+(c)|$"]),
        ("part-*.gz", ["part-0.gz"], ["part-0.gz.tmp"]),
    ],
)
def test_parts(part: str, matching: list[str], other: list[str]) -> None:
    pattern = compile_part(part)
    assert [name for name in matching if not pattern.fullmatch(name)] == []
    assert [name for name in other if pattern.fullmatch(name)] == []


@pytest.mark.parametrize("part", ["{a", "[a", "[", "a\\", "[a\\", "[z-a]", "{a,{b}"])
def test_what_is_not_closed_is_refused(part: str) -> None:
    with pytest.raises(ConfigError, match="pattern"):
        compile_part(part)


def test_an_open_brace_over_folders_is_refused() -> None:
    with pytest.raises(ConfigError, match="never closed"):
        expand_alternatives("/{a/b")


@given(st.text(alphabet="ab*?[]{}\\,^-", max_size=8))
def test_an_escaped_name_stands_for_itself(name: str) -> None:
    escaped = "".join(f"\\{letter}" for letter in name)
    assert unescape(escaped) == name
    assert is_literal(escaped)
    assert compile_part(escaped).fullmatch(name)
    assert has_wildcard(escaped) == bool(name)


def test_wildcards_are_seen() -> None:
    assert not has_wildcard("/a-b/c,d}")
    assert not is_literal("a*")
    assert not is_literal("{a,b}")
    assert is_literal("a,b")


@given(st.text(alphabet="ab*?[]{}\\,^-/", max_size=8))
def test_escaping(name: str) -> None:
    assert unescape(escape(name)) == name
    assert is_literal(escape(name))
