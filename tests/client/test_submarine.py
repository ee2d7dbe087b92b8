from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from xlearning.client.job_file import plain_yaml
from xlearning.client.submarine import FLAGS, OPTIONS, read_file, read_words, to_options
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from xlearning.client.options import Options

RUN = """--name tf-job --framework tensorflow --input_path hdfs:///in
  --checkpoint_path hdfs:///cp --num_workers 2 --worker_resources
  memory=8G,vcores=2,gpu=1 --worker_launch_cmd
  "python t.py --in=%input_path% --out=%saved_model_path% && date" --num_ps 1
  --ps_resources memory=2048M,vcores=1 --ps_launch_cmd "python ps.py %checkpoint_path%"
  --localization hdfs:///d/w.txt:./w.txt:rw --localization ./t.py:. --env A=b
  --env C=d=e --queue prod --conf xlearning.task.timeout=1 --insecure --verbose
  --wait_job_finish --tensorboard"""

FILE = """
spec: {name: job, job_type: any, framework: pytorch}
configs:
  input_path: /in
  checkpoint_path: /cp
  saved_model_path: /sm
  wait_job_finish: true
  envs: {A: b}
  localizations: ['hdfs://h:1/a:a:rw']
scheduling: {queue: prod}
roles:
  worker:
    resources: memory=512M,vcores=3
    replicas: 3
    launch_cmd: train %saved_model_path%
    envs: {B: c}
    localizations: [x.py:y.py]
security: {keytab: k}
tensorBoard: {resources: 'memory=1M,vcores=1'}
"""


def options(line: str) -> Options:
    return to_options(read_words(shlex.split(line)))


def test_a_whole_command() -> None:
    found = options(RUN)
    assert (found.app_name, found.app_type) == ("tf-job", "TENSORFLOW")
    worker, ps = found.roles["worker"], found.roles["ps"]
    assert (worker.num, worker.memory, worker.cores, worker.gpus) == (2, "8G", 2, 1)
    command = "python t.py --in=hdfs:///in --out=hdfs:///cp && date"
    assert worker.cmd == ["bash", "-c", command]
    assert (ps.num, ps.memory, ps.cores) == (1, "2048M", 1)
    assert ps.cmd == ["bash", "-c", "python ps.py hdfs:///cp"]
    assert found.cache_files == ("hdfs:///d/w.txt#w.txt",)
    assert found.files == ("./t.py",)
    assert not found.detach
    settings = load_settings(*found.layers)
    assert settings.text("xlearning.app.queue") == "prod"
    assert settings.integer("xlearning.task.timeout") == 1
    assert settings.container_environment == {"A": "b", "C": "d=e"}
    assert settings.flag("xlearning.tf.board.enable")
    assert not settings.flag("xlearning.tf.distribution.strategy")


def test_a_file() -> None:
    found = to_options(read_file(plain_yaml(FILE, "f"), "f"))
    assert (found.app_name, found.app_type) == ("job", "PYTORCH")
    worker = found.roles["worker"]
    assert (worker.num, worker.memory, worker.cores) == (3, "512M", 3)
    assert worker.cmd == ["bash", "-c", "train /sm"]
    assert worker.env == {"B": "c"}
    assert worker.files == ["x.py#y.py"]
    assert found.cache_files == ("hdfs://h:1/a#a",)
    assert not found.detach
    settings = load_settings(*found.layers)
    assert settings.text("xlearning.app.queue") == "prod"
    assert settings.container_environment == {"A": "b"}


def test_the_client_leaves_unless_it_is_to_wait() -> None:
    assert options("--worker-launch-cmd=x").detach


def test_workers_alone_are_one_cluster() -> None:
    found = options("--num_workers 2 --worker_launch_cmd x")
    assert load_settings(*found.layers).flag("xlearning.tf.distribution.strategy")
    assert found.app_type == "TENSORFLOW"


def test_what_has_no_effect_is_told() -> None:
    found = options("--worker_launch_cmd x --quicklink a=b --keytab k --principal p")
    assert found.warnings == (
        "`--quicklink` has no effect",
        "`--keytab` has no effect",
        "`--principal` has no effect",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--num_workers 1", "`--worker_launch_cmd` is absent"),
        ("--worker_launch_cmd x --num_ps 1", "`--ps_launch_cmd` is absent"),
        ("--worker_launch_cmd", "`--worker_launch_cmd` needs a value"),
        ("--worker_launch_cmd %input_path%", "needs `--input_path`"),
        ("--worker_launch_cmd %saved_model_path%", "needs `--saved_model_path`"),
        ("--worker_launch_cmd x --worker_resources cpu=1", "`cpu=1` is no resource"),
        ("--worker_launch_cmd x --num_workers two", "num: expected a whole number"),
        ("--worker_launch_cmd x --localization a", "has not the form URI:NAME"),
        ("--worker_launch_cmd x --localization hdfs://a", "has not the form"),
        ("--worker_launch_cmd x --localization a:/b", "not in the working directory"),
        ("--worker_launch_cmd x --env a", "`--env a` sets nothing"),
        ("--nmae x", "unknown option `--nmae`"),
        ("--zzzzzzzz x", "unknown option `--zzzzzzzz`"),
        ("run", "`run` belongs to no option"),
    ],
)
def test_what_is_wrong_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        options(line)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roles: {master: {}}", "there is no role `master`"),
        ("configs: {mounts: ['/a:/b']}", "`mounts` need a Docker container"),
        ("spec: text", "`text` stands where a mapping should"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_file(plain_yaml(text, "f"), "f")


def test_no_worker_is_possible() -> None:
    found = options("--num_workers 0 --num_ps 1 --ps_launch_cmd x")
    assert found.roles["worker"].num == 0


def test_a_size_that_is_none_is_left_to_the_role() -> None:
    found = options("--worker_launch_cmd x --worker_resources memory=8Gi")
    assert found.roles["worker"].memory == "8G"
    found = options("--worker_launch_cmd x --worker_resources memory=much")
    assert found.roles["worker"].memory == "much"


def test_boards_without_a_path_and_options_given_twice() -> None:
    found = options("--worker_launch_cmd x --worker_launch_cmd y --tensorboard")
    assert found.roles["worker"].cmd == ["bash", "-c", "x"]
    settings = load_settings(*found.layers)
    assert settings.text("xlearning.tf.board.log.dir") == "eventLog"


def test_no_option_is_a_flag_too() -> None:
    assert not set(OPTIONS) & set(FLAGS)
