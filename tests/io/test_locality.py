"""Who gets which files where it matters where they are."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.locality import (
    Near,
    Place,
    bytes_by_host,
    bytes_near,
    near_hosts,
    parse_locations,
    places,
    settle,
    split_near,
    web_addresses,
)
from xlearning.io.splits import InputFile, split
from xlearning.job.spec import InputHost

ANSWER = b"""{"BlockLocations": {"BlockLocation": [
 {"cachedHosts": [], "corrupt": false, "hosts": ["nm2", "nm1"], "length": 16777216,
  "names": ["127.0.0.1:1", "127.0.0.1:2"], "offset": 0,
  "topologyPaths": ["/r1/127.0.0.1:1", "/default-rack/127.0.0.1:2"]},
 {"cachedHosts": [], "corrupt": false, "hosts": ["nm2"], "length": 9,
  "offset": 16777216,
  "names": ["127.0.0.1:1"], "topologyPaths": ["/r1/127.0.0.1:1"]}]}}"""


def a_file(name: str, length: int = 10, alias: str = "data") -> InputFile:
    return InputFile(alias, f"hdfs://nn/{name}", length, name)


def near(**hosts: str) -> Near:
    """Return files of 10 bytes and the hosts, `h1+h2`, that have them whole."""
    return Near(
        {
            f"hdfs://nn/{name}": dict.fromkeys(where.split("+"), 10)
            for name, where in hosts.items()
        }
    )


def test_webhdfs_says_where_blocks_are() -> None:
    blocks = parse_locations(ANSWER)
    assert [(block.offset, block.length) for block in blocks] == [
        (0, 16777216),
        (16777216, 9),
    ]
    assert bytes_by_host(blocks) == {"nm2": 16777225, "nm1": 16777216}


def test_another_answer_is_none() -> None:
    with pytest.raises(msgspec.DecodeError):
        parse_locations(b'{"RemoteException": {}}')


@pytest.mark.parametrize(
    ("url", "properties", "expected"),
    [
        ("hdfs://nn:8020/a", {}, ["http://nn:9870"]),
        (
            "hdfs://nn:8020/a",
            {"fs.defaultFS": "hdfs://nn:8020", "dfs.namenode.http-address": "x:1"},
            ["http://x:1"],
        ),
        (
            "hdfs://nn:8020/a",
            {
                "fs.defaultFS": "hdfs://nn:8020",
                "dfs.namenode.http-address": "0.0.0.0:1",
            },
            ["http://nn:1"],
        ),
        (
            "hdfs://other:8020/a",
            {"fs.defaultFS": "hdfs://nn:8020", "dfs.namenode.http-address": "x:1"},
            ["http://other:9870"],
        ),
        (
            "hdfs://ns/a",
            {
                "dfs.ha.namenodes.ns": "n1, n2",
                "dfs.namenode.http-address.ns.n1": "a:1",
                "dfs.namenode.http-address.ns.n2": "b:2",
            },
            ["http://a:1", "http://b:2"],
        ),
        ("hdfs://nn/a", {"dfs.http.policy": "HTTPS_ONLY"}, ["https://nn:9871"]),
        ("file:///a", {}, []),
        ("hdfs:///a", {}, []),
    ],
)
def test_where_namenodes_can_be_asked(
    url: str, properties: dict[str, str], expected: list[str]
) -> None:
    assert list(web_addresses(url, properties)) == expected


def test_files_go_to_workers_that_are_near_them() -> None:
    files = [a_file(name) for name in "abcdef"]
    where = near(a="h1", b="h2", c="h3", d="h3", e="h2", f="h1")
    shares = split_near(files, ["h3", "h1", "h2"], where)
    assert [[f.relative_path for f in share] for share in shares] == [
        ["c", "d"],
        ["a", "f"],
        ["b", "e"],
    ]


def test_balance_comes_before_nearness() -> None:
    files = [a_file(name) for name in "abcd"]
    shares = split_near(files, ["h1", "h2"], near(a="h1", b="h1", c="h1", d="h1"))
    assert [len(share) for share in shares] == [2, 2]


def test_workers_that_are_nowhere_yet_are_expected_where_the_data_is() -> None:
    files = [a_file(name) for name in "abcd"]
    where = near(a="h1", b="h1", c="h1", d="h2")
    assert sorted(settle(files, ["", "", "", ""], where)) == ["h1", "h1", "h1", "h2"]
    assert sorted(settle(files, ["h1", "", "h1", ""], where)) == [
        "h1",
        "h1",
        "h1",
        "h2",
    ]
    assert settle(files, ["", "h9"], Near()) == ("", "h9")


def test_empty_files_are_shared_out_too() -> None:
    files = [a_file(str(n), 0) for n in range(6)]
    shares = split_near(files, ["h1", "h1", "h2"], Near())
    assert [len(share) for share in shares] == [2, 2, 2]


def test_bytes_near_a_share() -> None:
    share = [a_file("a"), a_file("b"), a_file("unknown")]
    assert bytes_near(share, near(a="h1+h2", b="h2")) == {"h1": 10, "h2": 20}


def test_hosts_with_less_than_half_of_the_best_are_not_near() -> None:
    assert near_hosts({"a": 10, "b": 5, "c": 4}) == ["a", "b"]
    assert near_hosts({"a": 0}) == near_hosts({}) == []


NODES = (InputHost("h1", "/r1", 1.0), InputHost("h2", "/r2", 0.34))


def test_yarn_is_asked_for_hosts_and_their_racks() -> None:
    shares: list[dict[str, int]] = [{"h1": 10, "h2": 10}, {"h1": 10}, {}, {"h9": 10}]
    assert places(NODES, 4, shares) == (
        Place("/r1", 2),
        Place("/r2", 1),
        Place("h1", 2),
        Place("h2", 1),
    )


def test_before_the_input_is_shared_out_it_is_asked_for_by_parts() -> None:
    assert places(NODES, 3, []) == (
        Place("/r1", 3),
        Place("/r2", 2),
        Place("h1", 3),
        Place("h2", 2),
    )
    thirds = [InputHost(f"h{n}", "/r", 1 / 3) for n in range(3)]
    assert places(thirds, 3, []) == (
        Place("/r", 3),
        Place("h0", 1),
        Place("h1", 1),
        Place("h2", 1),
    )
    assert places([], 3, []) == places(NODES, 0, []) == ()


HOSTS = st.sampled_from(["", "h1", "h2", "h3"])
FILES = st.lists(
    st.tuples(st.integers(0, 50), st.sets(HOSTS.filter(bool)), st.sampled_from("xy")),
    max_size=30,
)


@given(files=FILES, homes=st.lists(HOSTS, min_size=1, max_size=6))
def test_every_file_once_and_no_worker_with_more_than_the_mean_plus_one_file(
    files: list[tuple[int, set[str], str]], homes: list[str]
) -> None:
    listed = [
        a_file(str(n), length, alias) for n, (length, _, alias) in enumerate(files)
    ]
    where = Near(
        {
            file.uri: dict.fromkeys(sorted(hosts), file.length)
            for file, (_, hosts, _) in zip(listed, files, strict=True)
        }
    )
    shares = split_near(listed, homes, where)
    assert Counter(f for share in shares for f in share) == Counter(listed)
    for share in shares:
        assert list(share) == sorted(share, key=listed.index)
        for alias in "xy":
            of_alias = [f for f in listed if f.alias == alias]
            mean = sum(f.length + 1 for f in of_alias) / len(homes)
            longest = max((f.length + 1 for f in of_alias), default=0)
            load = sum(f.length + 1 for f in share if f.alias == alias)
            assert load <= mean + longest


@given(files=FILES, homes=st.lists(HOSTS.filter(bool), min_size=1, max_size=6))
def test_as_much_is_near_as_without_a_look(
    files: list[tuple[int, set[str], str]], homes: list[str]
) -> None:
    """On the whole; a single file may be better placed by chance."""
    listed = [a_file(str(n), 10, alias) for n, (_, _, alias) in enumerate(files)]
    where = Near(
        {
            file.uri: dict.fromkeys(sorted(hosts), 10)
            for file, (_, hosts, _) in zip(listed, files, strict=True)
        }
    )

    def total(shares: tuple[tuple[InputFile, ...], ...]) -> int:
        return sum(
            bytes_near(share, where).get(home, 0)
            for share, home in zip(shares, homes, strict=True)
        )

    looked, blind = split_near(listed, homes, where), split(listed, len(homes))
    assert total(looked) >= total(blind) - 10 * len(homes) * 2
