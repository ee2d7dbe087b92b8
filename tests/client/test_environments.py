from __future__ import annotations

import shlex

import pytest

from xlearning.client.environments import Environments, environments
from xlearning.client.files import Place, distributed_files
from xlearning.client.options import parse_options
from xlearning.client.plan import EnvironmentSource
from xlearning.errors import ConfigError


def found(line: str) -> Environments:
    options = parse_options(shlex.split(line))
    files = distributed_files(options, Place("hdfs://nn", "a", "/h"), options.roles)
    return environments(options, options.roles, ["worker", "ps"], files, "/h")


def test_none_is_asked_for() -> None:
    assert found("run") == Environments({}, ())


def test_all_roles_share_what_is_built_for_the_job() -> None:
    assert found("--env ./a/../r.txt run") == Environments(
        {"worker": "xl-env", "ps": "xl-env"},
        (EnvironmentSource("/h/r.txt", "--env", ("worker", "ps")),),
    )


def test_a_roles_own_wins() -> None:
    got = found("--env r.txt --role ps:environment=/p --role worker:num=1 run")
    assert [(source.path, source.roles) for source in got.sources] == [
        ("/h/r.txt", ("worker",)),
        ("/p", ("ps",)),
    ]


def test_an_unpacked_archive_is_activated() -> None:
    got = found("--cacheArchive /e.tgz#env --python-env env run")
    assert got == Environments({"worker": "env", "ps": "env"}, ())
    got = found("--cacheArchive /e.tgz#env --python-env env/a run")
    assert got.folders["ps"] == "env/a"
    got = found("--python-env /opt/conda/ run")
    assert got.folders["ps"] == "/opt/conda"
    line = "--role ps:cache-archives=/e.tgz#env,python-env=env run"
    assert found(line).folders == {"ps": "env"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--python-env env run", "nothing is unpacked there for the role `worker`"),
        ("--python-env ../env run", "not a name below the working directory"),
        ("--env r.txt --python-env /e run", "two Python environments at once"),
        ("--role ps:environment=r,python-env=/e run", "two Python environments"),
    ],
)
def test_what_is_wrong_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        found(line)
