from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from xlearning.client.options import parse_options
from xlearning.client.plan_text import plan_json, plan_text
from xlearning.client.planning import Caller, make_plan
from xlearning.config.load import load_settings

if TYPE_CHECKING:
    from xlearning.client.plan import SubmissionPlan


def plan(line: str) -> SubmissionPlan:
    options = parse_options(shlex.split(line))
    settings = load_settings(options.settings, options.conf)
    hadoop = {"fs.defaultFS": "hdfs://nn"}
    return make_plan(options, settings, hadoop, Caller("alice", "/h", 1))


LINE = (
    "--app-name demo --app-type tensorflow --worker-num 2 --worker-gpus 1 --ps-num 1 "
    "--input /in#data --output /out#model --files a.py --cacheArchive /e.tgz#env "
    "--conf xlearning.container.env.DB_PASSWORD=hush xlearning.container.env.A=b "
    "xlearning.am.env.API_KEY=hush xlearning.task.timeout=1000 "
    "xlearning.worker.nodeLabelExpression=gpu xlearning.am.nodeLabelExpression=am "
    "xlearning.download.file.retry=7 --launch-cmd \"python a.py 'x y'\""
)


def test_the_whole_plan_is_readable() -> None:
    assert (
        plan_text(plan(LINE))
        == """\
Job:
  name          demo
  type          TENSORFLOW
  user          alice
  queue         default, priority 3
  AM            1024 MiB, 1 core, label am
  file system   hdfs://nn
  staging       hdfs://nn/tmp/XLearning/staging/<application id>
  runtime       auto

Roles:
  worker        2 x (1024 MiB, 1 core, 1 GPU, label gpu)
  ps            1 x (1024 MiB, 1 core)

Command:
  python a.py 'x y'

Environment:
  A=b
  DB_PASSWORD=******

AM environment:
  API_KEY=******

Files:
  a.py ← /h/a.py
  env ← hdfs://nn/e.tgz (archive)

Input:
  data/ ← hdfs://nn/in

Output:
  model/ → hdfs://nn/out

Data:
  retries = 7

Treatment:
  agent_timeout_s = 1.0
"""
    )


def test_a_small_plan_has_no_empty_sections() -> None:
    text = plan_text(plan("true"))
    assert "Input:" not in text
    assert "Environment:" not in text
    assert "Data:" not in text


def test_json_has_all_of_it_but_the_secrets() -> None:
    text = plan_json(plan(LINE))
    assert "hush" not in text
    found = json.loads(text)
    assert found["job"]["roles"][0]["environment"] == {
        "DB_PASSWORD": "******",
        "A": "b",
    }
    assert found["am_environment"] == {"API_KEY": "******"}


def test_roles_with_programs_of_their_own_are_told_apart() -> None:
    text = plan_text(
        plan(
            "--env r.txt --source-dir src --archive-files a.tgz#a "
            "--role 'a:cmd=run a,placement=pack,files=a.py' "
            "--role 'b:cmd=run b,cache-archives=/e.tgz#e,python-env=e,env=A=b' "
            "--role c:cmd=run\\ a"
        )
    )
    assert "a             1 x (1024 MiB, 1 core, pack, Python of xl-env/)" in text
    assert "b             1 x (1024 MiB, 1 core, Python of e/)" in text
    assert "Command of a, c:\n  run a\n" in text
    assert "Command of b:\n  run b\n" in text
    assert "Environment of b:\n  A=b\n" in text
    assert "  a.py ← /h/a.py, for a\n" in text
    assert "  e ← hdfs://nn/e.tgz (archive), for b\n" in text
    assert "  xl-env/ ← /h/r.txt (built, kept), for a, c\n" in text
    assert "  ./ ← /h/src\n" in text
