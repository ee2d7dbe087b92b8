from __future__ import annotations

import shlex

import pytest

from xlearning.client.files import Place
from xlearning.client.options import parse_options
from xlearning.client.role_planning import PlannedRoles, plan_roles, with_added
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError
from xlearning.frameworks.mxnet import MXNET
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, RuntimeSpec

PLACE = Place("hdfs://nn", "alice", "/home/alice")


def roles(line: str) -> PlannedRoles:
    options = parse_options(shlex.split(line))
    return plan_roles(options, load_settings(*options.layers), PLACE)


def completed(planned: PlannedRoles) -> JobSpec:
    """Return a job of MXNet with these roles, and its scheduler."""
    size = Resources(1024, 1)
    job = JobSpec(
        *("", "", "MXNET", "alice", "default", 0, size, planned.specs, ""),
        runtime=RuntimeSpec("python"),
        default_fs="hdfs://nn",
    )
    return MXNET.complete(job)


def test_a_role_has_files_and_an_environment_of_its_own() -> None:
    found = roles(
        "--env r.txt --files a.py --role 'b:files=b.py,environment=b/pyproject.toml' "
        "--role worker:num=2 python a.py"
    )
    worker, other = found.specs
    assert (worker.python_env, other.python_env) == ("xl-env", "xl-env")
    assert [(e.path, e.roles) for e in found.environments] == [
        ("/home/alice/r.txt", ("worker",)),
        ("/home/alice/b/pyproject.toml", ("b",)),
    ]
    assert [(u.path, u.roles) for u in found.files.uploads] == [
        ("/home/alice/a.py", ()),
        ("/home/alice/b.py", ("b",)),
    ]


def test_a_role_that_the_type_adds_has_what_workers_have() -> None:
    planned = roles(
        "--app-type mxnet --env r.txt --role ps:files=b.py,num=1 "
        "--role worker:num=2,files=a.py python a"
    )
    job = completed(planned)
    found = with_added(planned, job)
    assert found.specs == job.roles
    assert [e.roles for e in found.environments] == [("worker", "ps", "scheduler")]
    assert [(u.link, u.roles) for u in found.files.uploads] == [
        ("b.py", ("ps",)),
        ("a.py", ("worker", "scheduler")),
    ]


def test_a_command_for_all_is_not_needed_where_each_has_its_own() -> None:
    (a,) = roles("--role 'a:cmd=python a.py $HOME'").specs
    assert a.command == ("python", "a.py", "$HOME")
    assert "$HOME" in roles("--role 'a:cmd=python a.py $HOME'").warnings[0]
    with pytest.raises(ConfigError, match="there is no command"):
        roles("--role a:num=1")


def test_the_worker_that_uploads_is_counted_among_the_roles() -> None:
    assert roles("--role worker:num=3 --output-index 2 run")
    with pytest.raises(ConfigError, match="there is no worker 3"):
        roles("--role worker:num=3 --output-index 3 run")


def test_user_paths_come_first() -> None:
    (worker,) = roles(
        "--user-path /u --jars a.jar --conf xlearning.container.env.PATH=/c run"
    ).specs
    assert worker.environment == {"PATH": "/c:/u", "CLASSPATH": "./a.jar"}
