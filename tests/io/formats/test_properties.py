"""Hadoop's properties, as Hadoop reads them."""

from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.io.formats.properties import boolean, integer, text


def test_the_first_name_that_is_set_counts() -> None:
    properties = {"old": " x ", "new": ""}
    assert text(properties, "z", "new", "old") == ""
    assert text(properties, "z", "old") == " x "
    assert text(properties, "z", "other") == "z"


def test_whole_numbers() -> None:
    assert integer({"a": " 12 "}, 3, "b", "a") == 12
    assert integer({}, 3, "a") == 3


@pytest.mark.parametrize("written", ["-1", "1.5", "", "x", "²"])
def test_other_numbers_are_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"`a` is .*not a whole number"):
        integer({"a": written}, 3, "a")


@pytest.mark.parametrize(
    ("written", "expected"), [("true", True), (" FALSE", False), ("yes", True)]
)
def test_anything_but_true_and_false_is_the_default(
    written: str, expected: bool
) -> None:
    assert boolean({"a": written}, True, "a") is expected
    assert boolean({}, False, "a") is False
