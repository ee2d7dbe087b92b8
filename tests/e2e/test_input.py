"""How input reaches programs on a real Hadoop."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_failures import Held, assert_failed
from tests.e2e.test_quickstart import TRAIN, count_of, expected_count, run_well

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop

FILES = sorted(TRAIN.iterdir())
IN, OUT = "/tmp/input-tests/in", "/tmp/input-tests/out"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
TOLD = ["--input-strategy", "PLACEHOLDER", "--input", f"{IN}#data"]
SHOW = "sh -c 'env > output/$TF_ROLE-$TF_INDEX; cat inputFileList.txt >> output/list'"


@pytest.fixture(autouse=True)
def folders(hadoop: Hadoop) -> Iterator[None]:
    """The data set in a folder of these tests, and no output."""
    hadoop.hdfs.delete(OUT)
    hadoop.hdfs.put_folder(TRAIN, IN)
    yield
    hadoop.hdfs.delete(IN)
    hadoop.hdfs.delete(OUT)


def told(output: dict[str, bytes]) -> dict[str, dict[str, list[str]]]:
    """Return what each task was told, from its environment that it wrote down."""
    found = {}
    for name, content in output.items():
        for line in content.decode().splitlines():
            if line.startswith("INPUT_FILE_LIST="):
                listed = json.loads(line.partition("=")[2])
                found[name.rpartition("/")[2]] = listed
    return found


def test_the_example_of_input_that_is_read_where_it_is(hadoop: Hadoop) -> None:
    program = ["--files", "count.py", "--launch-cmd", "python3 count.py"]
    output = ["--output", f"{OUT}#output", "--worker-num", "2"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *output)
    assert count_of(hadoop.hdfs.files(OUT)) == expected_count()


def test_a_list_that_is_too_long_is_in_a_file(hadoop: Hadoop) -> None:
    program = ["--output", f"{OUT}#output", "--launch-cmd", SHOW]
    short = ["--conf", "xlearning.env.maxlength=1000"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *short)
    output = hadoop.hdfs.files(OUT)
    assert told(output) == {}
    listed = json.loads(output["output/list"])
    paths = [url.partition("://")[2].partition("/")[2] for url in listed.pop("data")]
    assert [f"/{path}" for path in paths] == sorted(f"{IN}/{f.name}" for f in FILES)
    assert listed == {}


def test_every_task_is_told_the_whole_list(hadoop: Hadoop) -> None:
    show = "sh -c 'env > output/$TF_ROLE-$TF_INDEX'"
    program = ["--output", f"{OUT}#output", "--launch-cmd", show, "--worker-num", "2"]
    whole = ["--conf", "hbox.placeholder.whole.enable=true"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *whole)
    lists = told(hadoop.hdfs.files(OUT))
    assert set(lists) == {"worker-0", "worker-1"}
    assert {len(each["data"]) for each in lists.values()} == {len(FILES)}


def snapshot(hadoop: Hadoop, application_id: str) -> dict[str, Any]:
    """Return what the ApplicationMaster shows of a job."""
    told = hadoop.xl("status", application_id, "--json")
    assert told.code == 0, told.text
    job: dict[str, Any] = json.loads(told.stdout)["job"]
    return job


def test_the_share_of_near_input_is_what_hdfs_says(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    for number in range(6):
        hadoop.hdfs.put(f"{IN}/here/{number}", b"x" * 100_000, replication="1")
    arguments = [*SMALL, "--input", f"{IN}/here#data"]
    with Held(hadoop, tmp_path, *arguments, workers=2) as held:
        job = snapshot(hadoop, held.id)
        held.let_go()
        assert held.client.wait().code == 0
    hosts = [hadoop.hdfs.hosts(f"{IN}/here/{number}")[0] for number in range(6)]
    there = Counter(host for each in hosts for host in each)
    assert job["input_bytes"] == 600_000
    assert [task["input_bytes"] for task in job["tasks"]] == [300_000, 300_000]
    local = [task["local_bytes"] for task in job["tasks"]]
    assert job["local_share"] == sum(local) / 600_000
    for host in {task["host"] for task in job["tasks"]}:
        of_host = [t["local_bytes"] for t in job["tasks"] if t["host"] == host]
        assert sum(of_host) <= min(there[host] * 100_000, 300_000 * len(of_host))
    assert sum(local) > 0 or not there.keys() & {t["host"] for t in job["tasks"]}


def test_yarn_fetches_cached_input_once_for_a_node(hadoop: Hadoop) -> None:
    inside = "for f in data/*; do echo $NM_HOST $(readlink $f); done > o/$TF_INDEX"
    program = ["--launch-cmd", f"sh -c '{inside}'", "--output", f"{OUT}#o"]
    cached = ["--input", f"{IN}/part-00000.csv,{IN}/part-00001.csv#data"]
    kept: dict[str, set[str]] = {}
    for _ in range(2):
        hadoop.hdfs.delete(OUT)
        run_well(hadoop, "generic", *SMALL, *cached, "--input-cache", "true", *program)
        for line in hadoop.hdfs.read(f"{OUT}/o/0").decode().splitlines():
            host, _, place = line.partition(" ")
            assert "/usercache/" in place
            assert "/filecache/" in place
            kept.setdefault(f"{host} {place.rpartition('/')[2]}", set()).add(place)
    # Two jobs, and as many copies as nodes that they ran on: none came again.
    assert [len(places) for places in kept.values()] == [1] * len(kept)


def test_cached_input_keeps_folders_and_doubles(hadoop: Hadoop) -> None:
    hadoop.hdfs.put(f"{IN}/deep/er/ü 1", b"odd")
    given = ["--input", f"{IN}/deep#a", "--input", f"{IN}/deep/er/ü 1#b"]
    show = ["--launch-cmd", 'sh -c \'cat "a/er/ü 1" "b/ü 1" > o/all\'']
    out = ["--output", f"{OUT}#o", "--input-cache", "true"]
    run_well(hadoop, "generic", *SMALL, *given, *show, *out)
    assert hadoop.hdfs.read(f"{OUT}/o/all") == b"oddodd"


def test_fewer_files_than_workers_as_the_user_wants_it(hadoop: Hadoop) -> None:
    job = [*SMALL, "--input", f"{IN}/part-00000.csv#d", "--launch-cmd", "true"]
    _, told = run_well(hadoop, "generic", *job, "--worker-num", "2")
    assert "1 of 2 tasks get no input (worker-1): there is only 1 file" in told.stderr
    lower = ["--worker-num", "2", "--few-files", "lower"]
    _, told = run_well(hadoop, "generic", *job, *lower)
    assert "input `d` has 1 file" in told.stderr
    assert "needs 1 worker container in fact" in told.stderr


def test_flat_names_that_clash_are_an_error(hadoop: Hadoop) -> None:
    for folder in ("a", "b"):
        hadoop.hdfs.put(f"{IN}/{folder}/part-0", b"1")
    job = [*SMALL, "--input", f"{IN}/a,{IN}/b#d", "--launch-cmd", "true"]
    ended = hadoop.submit(*job, "--flat-input", "true")
    assert_failed(hadoop, ended, "would both become `d/part-0`")


def test_what_is_hidden_stays_there_unless_it_is_wanted(hadoop: Hadoop) -> None:
    for name in ("_SUCCESS", ".hidden", "part-0"):
        hadoop.hdfs.put(f"{IN}/some/{name}", b"1")
    job = ["--input", f"{IN}/some#d", "--output", f"{OUT}#o"]
    show = ["--launch-cmd", "sh -c 'ls -A d > o/names'"]
    run_well(hadoop, "generic", *SMALL, *job, *show)
    assert hadoop.hdfs.read(f"{OUT}/o/names").decode().split() == ["part-0"]
    hadoop.hdfs.delete(OUT)
    run_well(hadoop, "generic", *SMALL, *job, *show, "--input-hidden", "true")
    names = hadoop.hdfs.read(f"{OUT}/o/names").decode().split()
    assert sorted(names) == [".hidden", "_SUCCESS", "part-0"]
