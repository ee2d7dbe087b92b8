from __future__ import annotations

import shlex

import pytest

from xlearning.client.asked_roles import ROLE_KEYS, Base, asked_roles, with_requests
from xlearning.client.job_file import read_job_file, with_job_file
from xlearning.client.option_table import OPTIONS
from xlearning.client.options import Options, parse_options
from xlearning.client.role_request import RoleRequest
from xlearning.client.roles import Program, role_specs
from xlearning.config.keys import KEYS
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError
from xlearning.job.resources import Resources
from xlearning.job.spec import Placement, RoleSpec


def options(line: str, job: str = "") -> Options:
    given = parse_options(shlex.split(line))
    return with_job_file(given, read_job_file(job, "j"), "j") if job else given


def specs(
    line: str, job: str = "", command: tuple[str, ...] = ("run",)
) -> dict[str, RoleSpec]:
    given = options(line, job)
    settings = load_settings(*given.layers)
    program = Program(command, {"PATH": "/a", "B": "b"})
    roles = role_specs(given.application_type, settings, program)
    base = Base(roles.specs, program)
    return {s.name: s for s in with_requests(base, asked_roles(given), settings)}


def counts(line: str, job: str = "") -> dict[str, int]:
    return {name: spec.count for name, spec in specs(line, job).items()}


def test_a_role_has_all_that_is_asked_for() -> None:
    line = (
        "--role 'head:num=2,memory=2g,cores=3,gpus=1,label=gpu,cmd=ray start,"
        "env=PATH=/b,env=C=c,ports=2,service=true,placement=spread'"
    )
    assert specs(line) == {
        "head": RoleSpec(
            name="head",
            count=2,
            resources=Resources(2048, 3, 1),
            command=("ray", "start"),
            environment={"PATH": "/b:/a", "B": "b", "C": "c"},
            node_label="gpu",
            ports=2,
            service=True,
            placement=Placement.SPREAD,
        )
    }


def test_what_is_left_open_has_a_default() -> None:
    (head,) = specs("--role head:ports=1").values()
    assert (head.count, head.resources) == (1, Resources(1024, 1))
    assert head.command == ("run",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--role worker:num=3", {"worker": 3}),
        ("--role head:num=1", {"head": 1}),
        ("--role head:num=1 --worker-num 2", {"worker": 2, "head": 1}),
        ("--role head:num=1 --role worker:memory=2g", {"worker": 1, "head": 1}),
        ("--app-type tensorflow --role ps:num=2", {"worker": 1, "ps": 2}),
        ("--app-type tensorflow --role chief:cores=2", {"worker": 1, "chief": 1}),
        ("--role worker:num=0 --role head:num=1", {"head": 1}),
        ("--spread worker", {"worker": 1}),
    ],
)
def test_which_roles_there_are(line: str, expected: dict[str, int]) -> None:
    assert counts(line) == expected


def test_a_role_is_laid_over_the_options_for_it() -> None:
    line = "--app-type tensorflow --ps-memory 2g --ps-cores 3 --role ps:num=1,gpus=1"
    assert specs(line)["ps"].resources == Resources(2048, 3, 1)
    line = "--app-type tensorflow --worker-memory 3g --role evaluator:num=1"
    assert specs(line)["evaluator"].resources == Resources(3072, 1)
    line = "--conf xlearning.worker.nodeLabelExpression=x --role chief:num=1"
    assert specs(line)["chief"].node_label == "x"
    assert specs("--role worker:memory=4096")["worker"].resources.memory_mb == 4096


def test_the_line_wins_over_the_file() -> None:
    job = "roles: {worker: {num: 2, memory: 2g, env: {A: 1}}, ps: {num: 1}}"
    (worker, ps) = specs("--worker-num 5 --role worker:env=B=2", job).values()
    assert (worker.count, worker.resources.memory_mb) == (5, 2048)
    assert worker.environment["A"] == "1"
    assert worker.environment["B"] == "2"
    assert ps.count == 1
    assert counts("--role worker:num=7", job)["worker"] == 7
    assert counts("--conf xlearning.worker.num=4", job)["worker"] == 4


@pytest.mark.parametrize(
    ("line", "job", "words"),
    [
        ("--worker-num 2 --role worker:num=2", "", ["`num`", "`--worker-num`"]),
        (
            "--conf hbox.ps.gpus=1 --role ps:gpus=1",
            "",
            ["`gpus`", "`--conf hbox.ps.gpus`"],
        ),
        (
            "",
            "{roles: {ps: {num: 1}}, conf: {xlearning.ps.num: 1}}",
            ["`num`", "roles:", "`xlearning.ps.num`"],
        ),
    ],
)
def test_one_place_may_not_say_it_twice(line: str, job: str, words: list[str]) -> None:
    with pytest.raises(ConfigError, match="is given twice") as caught:
        asked_roles(options(line, job))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--role a:memory=4t", "role `a`: `4t` is not an amount"),
        ("--role a:memory=0", "role `a`: 0 of memory is none"),
        ("--role worker:num=0", "every role has none"),
        ("--spread master", "the job has no role `master`"),
        ("--role 'a:cmd=cd x'", "would need a shell"),
    ],
)
def test_what_is_wrong_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        specs(line)


def test_a_role_without_a_program_is_refused() -> None:
    with pytest.raises(ConfigError, match="the role `b` has no command"):
        specs("--role a:cmd=x --role b:num=1", command=())
    assert specs("--role a:cmd=x", command=())["a"].command == ("x",)


def test_words_of_a_command_stay_words() -> None:
    job = "roles: {a: {cmd: [python, a b.py]}}"
    assert specs("", job)["a"].command == ("python", "a b.py")


def test_the_table_names_keys_and_fields_that_there_are() -> None:
    keys = {option.key for option in OPTIONS.values()}
    for (_, field), key in ROLE_KEYS.items():
        assert key in KEYS
        assert hasattr(RoleRequest(), field)
        assert field == "label" or key in keys
