from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from xlearning.client import job_file
from xlearning.client.job_file import SCHEMA_FILE, read_job_file, schema, with_job_file
from xlearning.client.options import Options, parse_options
from xlearning.client.role_request import RoleRequest
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError

JOB = """
name: digits
type: tensorflow
queue: prod
priority: HIGH
cmd: python train.py --data ./data
env: {LEVEL: yes, RATE: 1.10}
files: [train.py]
cache-files: [/c#c]
cache-archives: [/e.tgz#e]
jars: [a.jar]
python-env: e
source-dir: src
input: [/data#data]
output: [/out#model]
am: {memory: 2g, cores: 2, label: am, env: {A: b}}
roles:
  worker: {num: 2, memory: 4g}
  ps: {num: 1, cmd: [python, ps.py]}
conf: {xlearning.task.timeout: 60000, dfs.replication: 1}
"""


def options(text: str, line: str = "") -> Options:
    given = parse_options(shlex.split(line))
    return with_job_file(given, read_job_file(text, "job.yaml"), "job.yaml")


def test_all_of_a_file_becomes_options() -> None:
    found = options(JOB)
    assert (found.app_name, found.app_type) == ("digits", "TENSORFLOW")
    assert found.launch_cmd == "python train.py --data ./data"
    assert found.files == ("train.py",)
    assert found.cache_files == ("/c#c",)
    assert found.cache_archives == ("/e.tgz#e",)
    assert found.jars == ("a.jar",)
    assert (found.python_env, found.source_dir) == ("e", "src")
    assert (found.inputs, found.outputs) == (("/data#data",), ("/out#model",))
    assert found.file_roles["worker"] == RoleRequest(num=2, memory="4g")
    assert found.file_roles["ps"].cmd == ["python", "ps.py"]
    settings = load_settings(*found.layers)
    assert settings.text("xlearning.app.queue") == "prod"
    assert settings.integer("xlearning.app.priority") == 4
    assert settings.integer("xlearning.am.memory") == 2048
    assert settings.text("xlearning.am.nodeLabelExpression") == "am"
    assert settings.am_environment == {"A": "b"}
    assert settings.container_environment == {"LEVEL": "yes", "RATE": "1.10"}
    assert settings.integer("xlearning.task.timeout") == 60000
    assert settings.hadoop == {"dfs.replication": "1"}


def test_the_line_wins() -> None:
    line = (
        "--app-name other --files b.py,c.py --queue dev "
        "--conf xlearning.task.timeout=1 --output /o#m"
    )
    found = options(JOB, line)
    assert found.app_name == "other"
    assert found.files == ("b.py", "c.py")
    assert found.outputs == ("/o#m",)
    assert found.inputs == ("/data#data",)
    settings = load_settings(*found.layers)
    assert settings.text("xlearning.app.queue") == "dev"
    assert settings.integer("xlearning.task.timeout") == 1


@pytest.mark.parametrize("line", ["python b.py", "--launch-cmd 'python b.py'"])
def test_a_program_on_the_line_wins_in_both_forms(line: str) -> None:
    found = options("cmd: [python, a.py]\n", line)
    assert found.command or shlex.split(found.launch_cmd) == ["python", "b.py"]
    assert not (found.command and found.launch_cmd)


def test_words_of_a_command() -> None:
    assert options("cmd: [python, a b.py]\n").command == ("python", "a b.py")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`job.yaml` is empty", "fields: name"),
        ("a: [", "`job.yaml` is no YAML: line 1", ""),
        ("a: !!python/name:os.system x", "is no YAML", ""),
        ("name: a\nname: b\n", "`name` stands twice", ""),
        ("roles: {ps: {num: 1}, ps: {num: 2}}", "`ps` stands twice", ""),
        ("nmae: a", "there is no field `nmae`", "`name`"),
        ("roles: {ps: {memroy: 1}}", "there is no field `memroy`", ""),
        ("roles: {ps: {num: two}}", "roles[...].num: expected a whole number", ""),
        ("roles: {am: {num: 1}}", "`am` cannot name a role", ""),
        ("roles: {ps: {env: {1a: b}}}", "ps: `1a` cannot name a variable", ""),
        ("- a", "`job.yaml`: expected a mapping, got a list", ""),
        (
            "queue: a\nconf: {xlearning.app.queue: b}",
            "sets `xlearning.app.queue` twice",
            "leave one",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_the_schema_that_is_shipped_is_that_of_the_types() -> None:
    shipped = Path(job_file.__file__).with_name(SCHEMA_FILE)
    assert shipped.read_text() == schema()


def test_the_schema_names_what_the_file_may_say() -> None:
    found: dict[str, Any] = json.loads(schema())
    job = found["$defs"]["JobFile"]
    assert set(job["properties"]) == set(job_file.FIELDS)
    assert job["additionalProperties"] is False
    assert "cache-archives" in found["$defs"]["RoleRequest"]["properties"]
