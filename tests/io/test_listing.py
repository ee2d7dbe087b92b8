"""Finding input files, on the local disk and on HDFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.io.listing import (
    ListingOptions,
    is_hidden,
    list_input,
    listing_options,
)
from xlearning.io.storage import Storages
from xlearning.job.spec import DataOptions, InputSpec, InputStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place

TREE = {
    "a/part-0": b"0",
    "a/part-1": b"1",
    "a/deep/er/part-0": b"00",
    "a/_SUCCESS": b"",
    "a/.part-0.crc": b"crc",
    "a/_temporary/x": b"x",
    "b/part-0": b"000",
    "single.csv": b"",
}


TREES = ListingOptions()


@pytest.fixture
def tree(place: Place) -> Place:
    """Some input."""
    place.fill(TREE)
    return place


def listed(
    place: Place, *patterns: str, options: ListingOptions = TREES
) -> list[tuple[str, str, int]]:
    """List one alias: place, name in the container, length."""
    given = InputSpec("data", tuple(place.url(pattern) for pattern in patterns))
    files = list_input([given], place.lookup, options)
    assert {file.alias for file in files} <= {"data"}
    prefix = place.url("x")[:-1]
    return [(f.uri.removeprefix(prefix), f.relative_path, f.length) for f in files]


def test_a_folder_is_walked_without_hidden_files(tree: Place) -> None:
    assert listed(tree, "a") == [
        ("a/deep/er/part-0", "deep/er/part-0", 2),
        ("a/part-0", "part-0", 1),
        ("a/part-1", "part-1", 1),
    ]


def test_hidden_files_are_taken_where_they_are_wanted(tree: Place) -> None:
    every = listed(tree, "a", options=ListingOptions(hidden=True))
    assert {name for _, name, _ in every} == {
        name.removeprefix("a/") for name in TREE if name.startswith("a/")
    }
    matched = listed(tree, "a/_*", options=ListingOptions(hidden=True))
    assert [name for _, name, _ in matched] == ["_SUCCESS", "x"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (DataOptions(), ListingOptions()),
        (DataOptions(rename_input=True), ListingOptions(renamed=True)),
        (DataOptions(InputStrategy.PLACEHOLDER), ListingOptions(renamed=True)),
        (
            DataOptions(flat_input=True, hidden_input=True),
            ListingOptions(flat=True, hidden=True),
        ),
    ],
)
def test_the_options_of_a_job(data: DataOptions, expected: ListingOptions) -> None:
    assert listing_options(data) == expected


def test_matched_files_keep_their_base_names(tree: Place) -> None:
    assert listed(tree, "a/part-[01]", "{single.csv,none}") == [
        ("a/part-0", "part-0", 1),
        ("a/part-1", "part-1", 1),
        ("single.csv", "single.csv", 0),
    ]


def test_a_wildcard_does_not_find_hidden_files(tree: Place) -> None:
    tree.storage.delete(tree.at("a/part-0"))
    assert listed(tree, "a/*") == [
        ("a/deep/er/part-0", "er/part-0", 2),
        ("a/part-1", "part-1", 1),
    ]


def test_what_is_named_plainly_is_taken(tree: Place) -> None:
    assert listed(tree, "a/_temporary") == [("a/_temporary/x", "x", 1)]
    assert listed(tree, "a/.part-0.crc") == [("a/.part-0.crc", ".part-0.crc", 3)]


def test_a_file_matched_twice_is_taken_once(tree: Place) -> None:
    assert listed(tree, "b", "b/part-0", "*/../b") == [("b/part-0", "part-0", 3)]


def test_equal_names_are_refused(tree: Place) -> None:
    with pytest.raises(ConfigError) as refused:
        listed(tree, "{a,b}")
    assert tree.url("a/part-0") in refused.value.message
    assert tree.url("b/part-0") in refused.value.message
    assert "data/part-0" in refused.value.message


def test_equal_names_may_get_numbers(tree: Place) -> None:
    found = listed(tree, "{a,b}", options=ListingOptions(renamed=True))
    assert len(found) == 4


def test_a_flat_layout_drops_folders(tree: Place) -> None:
    tree.storage.delete(tree.at("a/part-0"))
    found = listed(tree, "a", options=ListingOptions(flat=True))
    assert [name for _, name, _ in found] == ["part-0", "part-1"]


def test_flat_names_may_clash(tree: Place) -> None:
    with pytest.raises(ConfigError, match="would both become `data/part-0`"):
        listed(tree, "a", options=ListingOptions(flat=True))


@pytest.mark.parametrize("pattern", ["none", "a/none-*"])
def test_what_matches_nothing_is_refused(tree: Place, pattern: str) -> None:
    with pytest.raises(ConfigError, match="matches nothing") as refused:
        listed(tree, "a", pattern)
    assert f"`{tree.url(pattern)}`" in refused.value.message


def test_an_empty_folder_has_no_files(tree: Place) -> None:
    tree.storage.mkdirs(tree.at("empty"))
    assert listed(tree, "empty") == []


def test_aliases_do_not_mix(tree: Place) -> None:
    inputs = [InputSpec(alias, (tree.url("b"),)) for alias in ("x", "y")]
    found = list_input(inputs, tree.lookup)
    assert [file.alias for file in found] == ["x", "y"]


@pytest.mark.hadoop
def test_a_refusal_is_not_swallowed(
    hdfs_place: Place, hadoop_properties: Mapping[str, str]
) -> None:
    hdfs_place.storage.write(hdfs_place.at("a/open/f"), b"")
    hdfs_place.storage.mkdirs(hdfs_place.at("a/secret"), 0o700)
    alice = Storages(hadoop_properties, "alice")
    given = InputSpec("data", (hdfs_place.url("a"),))
    with pytest.raises(PermissionError, match="user=alice, access=READ_EXECUTE"):
        list_input([given], alice)


def test_hidden_names() -> None:
    assert [is_hidden(name) for name in (".a", "_a", "a_", "a")] == [
        True,
        True,
        False,
        False,
    ]
