"""Which file becomes which link."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xlearning.hadoop.launch_context import (
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
)
from xlearning.local.node.resources import Archive, Wanted, archive_of, links_of, modes

FILE = LocalResource("file:///a%20b/x.tar.gz", 3, 5)


@pytest.mark.parametrize(
    ("name", "archive"),
    [
        ("a.tar", Archive.TAR),
        ("a.TGZ", Archive.TAR),
        ("a.tar.gz", Archive.TAR),
        ("a.zip", Archive.ZIP),
        ("a.jar", Archive.ZIP),
        ("a.gz", None),
        ("a", None),
    ],
)
def test_archives_go_by_their_names(name: str, archive: Archive | None) -> None:
    assert archive_of(name) is archive


def test_a_file_is_not_unpacked() -> None:
    wanted = Wanted.of(FILE)
    assert wanted.archive is None
    assert (wanted.url, wanted.java_url) == (
        "file:///a b/x.tar.gz",
        "file:/a b/x.tar.gz",
    )
    assert wanted.path(Path("/c")) == Path("/c", wanted.key, "x.tar.gz")


@pytest.mark.parametrize("kind", [LocalResourceType.ARCHIVE, LocalResourceType.PATTERN])
def test_a_pattern_is_unpacked_as_an_archive(kind: LocalResourceType) -> None:
    assert Wanted.of(replace(FILE, type=kind)).archive is Archive.TAR


def test_a_changed_file_is_another_one() -> None:
    changed = Wanted.of(replace(FILE, timestamp_ms=6))
    assert changed.key != Wanted.of(FILE).key


def test_of_two_links_to_one_file_one_is_made() -> None:
    public = replace(FILE, visibility=LocalResourceVisibility.PUBLIC)
    other = replace(FILE, url="file:///y")
    links = links_of({"a": FILE, "b": public, "c": other})
    assert sorted(links.values()) == ["b", "c"]


def test_modes_are_yarns() -> None:
    assert modes(LocalResourceVisibility.PUBLIC) == (0o555, 0o755)
    assert modes(LocalResourceVisibility.PRIVATE) == (0o500, 0o700)
    assert modes(LocalResourceVisibility.APPLICATION) == (0o500, 0o700)
