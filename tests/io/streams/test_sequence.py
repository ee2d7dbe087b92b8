from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.formats.base import RecordSplit
from xlearning.io.streams.orders import StreamSplit
from xlearning.io.streams.sequence import Turns, lanes, permuted
from xlearning.job.spec import StreamOptions

ALIASES = st.lists(st.sampled_from("abc"), max_size=30)
OPTIONS = st.builds(
    StreamOptions, shuffle=st.booleans(), merge=st.booleans(), seed=st.integers()
)


def splits(aliases: list[str]) -> list[StreamSplit]:
    return [
        StreamSplit(alias, RecordSplit(payload_length=number))
        for number, alias in enumerate(aliases)
    ]


@given(ALIASES, OPTIONS, st.integers(0, 5))
def test_every_split_is_read_once_in_an_epoch(
    aliases: list[str], options: StreamOptions, epoch: int
) -> None:
    found = lanes(splits(aliases), options, "worker-0", epoch)
    assert sorted(n for lane in found for n in lane) == list(range(len(aliases)))
    assert found == lanes(splits(aliases), options, "worker-0", epoch)


def test_without_shuffle_inputs_come_one_after_the_other() -> None:
    assert lanes(splits(["a", "b", "a"]), StreamOptions(), "w", 0) == ((0, 2, 1),)
    merged = StreamOptions(merge=True)
    assert lanes(splits(["a", "b", "a"]), merged, "w", 0) == ((0, 2), (1,))


def test_epochs_tasks_and_seeds_have_orders_of_their_own() -> None:
    given = splits(["a"] * 50)
    shuffled = StreamOptions(shuffle=True)
    orders = {
        lanes(given, shuffled, "worker-0", 0),
        lanes(given, shuffled, "worker-0", 1),
        lanes(given, shuffled, "worker-1", 0),
        lanes(given, StreamOptions(shuffle=True, seed=1), "worker-0", 0),
    }
    assert len(orders) == 4


def test_inputs_keep_their_turn_when_shuffled() -> None:
    given = splits(["a"] * 10 + ["b"] * 10)
    [lane] = lanes(given, StreamOptions(shuffle=True), "worker-0", 0)
    assert set(lane[:10]) == set(range(10))


def test_a_permutation_is_the_seeds() -> None:
    given = splits(["a"] * 50)
    assert permuted(given, 1) == permuted(given, 1) != permuted(given, 2)
    assert set(permuted(given, 1)) == set(given)


def test_lanes_end_together() -> None:
    turns = Turns([100, 10, 0])
    taken = []
    left = {0: 10, 1: 1, 2: 0}
    while (lane := turns.next()) is not None:
        if left[lane]:
            left[lane] -= 1
            turns.moved(lane, 10)
            taken.append(lane)
        else:
            turns.ended(lane)
    assert taken == [0, 1, *[0] * 9]
