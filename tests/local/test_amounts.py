from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.hadoop.resource import Resource
from xlearning.local import amounts

RESOURCES = st.builds(
    Resource, st.integers(0, 9999), st.integers(0, 99), st.integers(0, 9)
)


@given(RESOURCES, RESOURCES)
def test_subtracting_undoes_adding(one: Resource, other: Resource) -> None:
    assert amounts.subtract(amounts.add(one, other), other) == one


@given(RESOURCES)
def test_what_is_given_is_never_less_than_asked(asked: Resource) -> None:
    given_ = amounts.rounded(asked, Resource(64, 1))
    assert asked.fits_in(given_)
    assert given_.memory_mb % 64 == 0
    assert given_.memory_mb - asked.memory_mb <= 64


@pytest.mark.parametrize(
    ("part", "share"),
    [
        (Resource(0, 0), 0.0),
        (Resource(50, 1), 0.5),
        (Resource(10, 1, 2), 1.0),
    ],
)
def test_the_greatest_share_counts(part: Resource, share: float) -> None:
    assert amounts.dominant_share(part, Resource(100, 10, 2)) == share


def test_a_share_of_what_is_not_there_is_endless() -> None:
    assert amounts.dominant_share(Resource(1, 1, 1), Resource(9, 9)) == float("inf")


def test_shares_of_gpus_are_rounded_up() -> None:
    assert amounts.scaled(Resource(101, 3, 3), 0.5) == Resource(50, 1, 2)


def test_words() -> None:
    assert amounts.text(Resource(256, 1, 3)) == (
        "<memory:256, vCores:1, yarn.io/gpu: 3>"
    )
    assert amounts.text(Resource(64, 1)) == "<memory:64, vCores:1>"
