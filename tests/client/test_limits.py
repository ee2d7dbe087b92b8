from __future__ import annotations

import shlex

import pytest

from xlearning.client.limits import Problem, queue_problems, size_problems
from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.config.load import load_settings
from xlearning.job.resources import Resources

MAXIMUM = Resources(4096, 8, 2)
QUEUES = ("root.default", "root.prod", "root.users.alice", "root.teams")


def problems(line: str, maximum: Resources = MAXIMUM) -> list[Problem]:
    options = parse_options([*shlex.split(line), "true"])
    settings = load_settings(options.settings, options.conf)
    hadoop = {"fs.defaultFS": "hdfs://nn"}
    plan = make_plan(options, settings, hadoop, Caller("alice", "/", 1))
    return size_problems(plan.job, maximum)


def test_what_fits_exactly_is_no_problem() -> None:
    line = "--worker-memory 4096 --worker-cores 8 --worker-gpus 2 --am-memory 4G"
    assert problems(line) == []


def test_every_size_that_is_too_large_is_told_with_its_option() -> None:
    found = problems(
        "--app-type tensorflow --am-memory 5G --worker-memory 8G --worker-gpus 3 "
        "--ps-num 1 --ps-cores 9"
    )
    assert found == [
        Problem(
            "AM memory requested 5120 above the max threshold of yarn cluster 4096",
            "--am-memory: 4096 MiB at most",
        ),
        Problem(
            "worker memory requested 8192 above the max threshold of yarn cluster 4096",
            "--worker-memory: 4096 MiB at most",
        ),
        Problem(
            "worker gpu cores requested 3 above the max threshold of yarn cluster 2",
            "--worker-gpus: 2 GPUs at most",
        ),
        Problem(
            "ps cores requested 9 above the max threshold of yarn cluster 8",
            "--ps-cores: 8 cores at most",
        ),
    ]


def test_chief_and_evaluator_have_a_memory_of_their_own_and_a_workers_cores() -> None:
    found = problems(
        "--app-type tensorflow --worker-num 3 --ps-num 1 --tf-evaluator true "
        "--worker-cores 9 --chiefworker-memory 5G --evaluatorworker-memory 6G"
    )
    assert [problem.hint.partition(":")[0] for problem in found] == [
        "--chiefworker-memory",
        "--worker-cores",
        "--worker-cores",
        "--evaluatorworker-memory",
        "--worker-cores",
    ]


def test_a_cluster_without_gpus_says_so() -> None:
    (problem,) = problems("--worker-gpus 1", Resources(4096, 8))
    assert problem.hint == "the cluster has no GPUs: leave out --worker-gpus"


@pytest.mark.parametrize(
    "name", ["default", "root.default", "prod", "root.users.alice", "alice"]
)
def test_a_queue_is_named_by_its_last_part_or_its_path(name: str) -> None:
    assert queue_problems(name, QUEUES, "rm:8032") == []


@pytest.mark.parametrize(
    ("name", "line", "hint"),
    [
        ("prd", "queue `prd` does not exist on `rm:8032`", "did you mean `prod`?"),
        (
            "nosuch",
            "queue `nosuch` does not exist on `rm:8032`",
            "queues that there are: `default`, `prod`, `alice`, `teams`",
        ),
        (
            "root",
            "queue `root` only holds other queues",
            "queues that there are: `default`, `prod`, `alice`, `teams`",
        ),
    ],
)
def test_other_queues_are_refused(name: str, line: str, hint: str) -> None:
    assert queue_problems(name, QUEUES, "rm:8032") == [Problem(line, hint)]


def test_a_queue_that_the_scheduler_may_make_is_left_to_it() -> None:
    assert queue_problems("root.users.bob", QUEUES, "rm") == []
    assert queue_problems("users.bob", QUEUES, "rm") == []
    assert queue_problems("root.teams.a", QUEUES, "rm") == []
    assert len(queue_problems("root.bob", QUEUES, "rm")) == 1


def test_a_scheduler_that_tells_nothing_is_trusted() -> None:
    assert queue_problems("any", (), "rm") == []
