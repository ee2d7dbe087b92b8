"""Hadoop's paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.io.uris import (
    Location,
    base_name,
    join,
    normalise,
    parent,
    qualify,
    relative_to,
    split_url,
)

PATHS = st.text(alphabet="ab./%# ü", max_size=12).map(lambda text: f"/{text}")


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("hdfs://nn:8020/a/b", ("hdfs", "nn:8020", "/a/b")),
        ("HDFS://Service1", ("hdfs", "Service1", "/")),
        ("hdfs:/a", ("hdfs", "", "/a")),
        ("hdfs:", ("hdfs", "", "/")),
        ("file:/a", ("file", "", "/a")),
        ("file:///a%20b#c?d", ("file", "", "/a%20b#c?d")),
        ("/a//b/", ("", "", "/a/b")),
        ("a/b", ("", "", "a/b")),
        ("part:0", ("", "", "part:0")),
        ("/x/hdfs://a", ("", "", "/x/hdfs:/a")),
    ],
)
def test_a_url_is_taken_apart(url: str, location: tuple[str, str, str]) -> None:
    assert split_url(url) == Location(*location)


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        split_url("")


def test_a_location_as_text() -> None:
    assert split_url("file:/a").url == "file:///a"
    assert split_url("/a").root == ""
    assert split_url("hdfs://nn/a").root == "hdfs://nn"


@given(PATHS, st.sampled_from(["hdfs://nn:1", "file://", ""]))
def test_text_and_location_say_the_same(path: str, root: str) -> None:
    location = split_url(root + path)
    assert split_url(location.url) == location


@pytest.mark.parametrize(
    ("url", "qualified"),
    [
        ("/a", "hdfs://nn:1/a"),
        ("a", "hdfs://nn:1/user/alice/a"),
        ("../bob/a", "hdfs://nn:1/user/bob/a"),
        ("hdfs:///a", "hdfs://nn:1/a"),
        ("viewfs:/a", "viewfs:///a"),
        ("hdfs://other/a", "hdfs://other/a"),
        ("file:/a", "file:///a"),
        ("s3://bucket/a", "s3://bucket/a"),
    ],
)
def test_qualifying(url: str, qualified: str) -> None:
    assert qualify(url, "hdfs://nn:1/", "/user/alice") == qualified


def test_joining() -> None:
    assert join("hdfs://nn/", "a", "b/c") == "hdfs://nn/a/b/c"
    assert join("/a", "/b") == "/b"
    assert join("/a", "../..", "b") == "/b"
    assert join("a", "b") == "a/b"


def test_parent_and_name() -> None:
    assert parent("hdfs://nn/a/b") == "hdfs://nn/a"
    assert parent("hdfs://nn/a") == "hdfs://nn/"
    assert parent("/") == "/"
    assert base_name("hdfs://nn/a/b") == "b"
    assert base_name("hdfs://nn/") == ""


def test_relative() -> None:
    assert relative_to("hdfs://nn/a/b/c", "hdfs://nn/a/") == "b/c"
    assert relative_to("/a", "/a") == ""
    assert relative_to("/a", "/") == "a"
    for path in ("/ab", "hdfs://nn/a/b"):
        with pytest.raises(ValueError, match="not below"):
            relative_to(path, "/a")


@given(PATHS)
def test_normal_is_normal(path: str) -> None:
    normal = normalise(path)
    assert normalise(normal) == normal
    assert normal.startswith("/")
    assert not {"", ".", ".."} & set(normal[1:].split("/")) or normal == "/"


def test_relative_paths_stay_relative() -> None:
    assert normalise("a/../..") == ".."
    assert normalise("../../a") == "../../a"
    assert normalise("./") == "."
    assert normalise("/..") == "/"
