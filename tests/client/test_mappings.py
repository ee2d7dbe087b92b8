from __future__ import annotations

import pytest

from xlearning.client.mappings import (
    input_specs,
    local_name,
    output_specs,
    qualify,
    refuse_overlap,
    split_link,
    split_paths,
)
from xlearning.errors import ConfigError
from xlearning.job.spec import InputSpec, OutputSpec

FS = "hdfs://nn:8020"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/a/b", "hdfs://nn:8020/a/b"),
        ("/a//b/", "hdfs://nn:8020/a/b"),
        ("a/b", "hdfs://nn:8020/user/alice/a/b"),
        ("a:b", "hdfs://nn:8020/user/alice/a:b"),
        ("/a:/b", "hdfs://nn:8020/a:/b"),
        ("hdfs:///a", "hdfs://nn:8020/a"),
        ("hdfs:/a", "hdfs://nn:8020/a"),
        ("hdfs://other:9000/a/", "hdfs://other:9000/a"),
        ("hdfs://other:9000", "hdfs://other:9000/"),
        ("file:///a/b", "file:///a/b"),
        ("file:/a/b", "file:///a/b"),
        ("/a/2019*/part-{0,1}", "hdfs://nn:8020/a/2019*/part-{0,1}"),
    ],
)
def test_paths_are_qualified_as_hadoop_does(path: str, url: str) -> None:
    assert qualify(path, FS, "alice", "--input") == url


def test_a_local_default_file_system() -> None:
    assert qualify("/a", "file:///", "alice", "--input") == "file:///a"


def test_a_file_system_that_is_not_built_is_refused() -> None:
    with pytest.raises(ConfigError, match="not supported yet: `ftp://`"):
        qualify("ftp://host/x", FS, "alice", "--input")


def test_a_path_without_a_host_stays_so_beside_a_default_of_another_scheme() -> None:
    assert qualify("hdfs:///a", "file:///", "alice", "--input") == "hdfs:///a"


def test_a_mapping_has_one_hash() -> None:
    assert split_link("/a#b", "--input") == ("/a", "b")
    assert split_link("/a", "--input") == ("/a", "")
    for text in ("/a#b#c", "#b"):
        with pytest.raises(ConfigError, match="has not the form path#name"):
            split_link(text, "--input")
    with pytest.raises(ConfigError, match="names nothing after"):
        split_link("/a#", "--input")


def test_names_stay_below_the_working_directory() -> None:
    assert local_name("./a/../b/", "x") == "b"
    assert local_name("a/b", "x") == "a/b"
    for text in ("/a", "..", "../a", ".", "a/..", "a/../../b"):
        with pytest.raises(ConfigError, match="below the working directory"):
            local_name(text, "x")
    for text in ("tmp", "xl-runtime/a", "container_tokens"):
        with pytest.raises(ConfigError, match="reserved"):
            local_name(text, "x")


def test_commas_in_the_braces_of_a_glob_do_not_split() -> None:
    assert split_paths("/a/{x,y},/b, /c,") == ("/a/{x,y}", "/b", "/c")


def test_inputs_with_one_alias_are_joined_in_order() -> None:
    specs = input_specs(
        ["/b,/a#data", "/x#other", "/c#./data", "/a#data", "/d"], FS, "u"
    )
    assert specs == (
        InputSpec("data", tuple(f"{FS}{path}" for path in ("/b", "/a", "/c"))),
        InputSpec("other", (f"{FS}/x",)),
        InputSpec("input", (f"{FS}/d",)),
    )


def test_outputs() -> None:
    specs = output_specs(["/o1#m", "/o2#m", "/o3", "/o1#m"], "output", FS, "u")
    assert specs == (
        OutputSpec(f"{FS}/o1", "m"),
        OutputSpec(f"{FS}/o2", "m"),
        OutputSpec(f"{FS}/o3", "output"),
    )


def test_outputs_do_not_meet() -> None:
    with pytest.raises(ConfigError, match="is given for two local folders"):
        output_specs(["/o#a", "/o#b"], "output", FS, "u")
    with pytest.raises(ConfigError, match="lies in the output"):
        output_specs(["/o/b#a", "/o#b"], "output", FS, "u")
    assert len(output_specs(["/o#a", "/oo#b"], "output", FS, "u")) == 2


@pytest.mark.parametrize(
    ("given", "output", "overlap"),
    [
        ("hdfs://nn/a", "hdfs://nn/a", True),
        ("hdfs://nn/a", "hdfs://nn/a/out", True),
        ("hdfs://nn/a/in", "hdfs://nn/a", True),
        ("hdfs://nn/", "hdfs://nn/out", True),
        ("hdfs://nn/a/*", "hdfs://nn/a/out", True),
        ("hdfs://nn/a/{in,x/y}/p-*", "hdfs://nn/a/x/y", True),
        ("hdfs://nn/a/p-*", "hdfs://nn/a/out", False),
        ("hdfs://nn/a", "hdfs://nn/ab", False),
        ("hdfs://nn/a", "hdfs://other/a/out", False),
        ("hdfs://nn/a", "file:///a/out", False),
    ],
)
def test_inputs_and_outputs_lie_beside_each_other(
    given: str, output: str, overlap: bool
) -> None:
    both = [InputSpec("data", (given,))], [OutputSpec(output, "out")]
    if not overlap:
        refuse_overlap(*both)
        return
    with pytest.raises(ConfigError, match="lie in each other"):
        refuse_overlap(*both)
