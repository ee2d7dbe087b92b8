from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, check_cache, make_plan
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError
from xlearning.job.resources import Resources
from xlearning.job.spec import InputSpec, OutputLayout, OutputSpec

if TYPE_CHECKING:
    from xlearning.client.plan import SubmissionPlan

FS = "hdfs://nn:8020"
CALLER = Caller("alice", "/home/alice", 1234)
QUICK_START = """--app-type tensorflow --app-name tf-demo
  --input /tmp/data/tensorflow#data --output /tmp/tensorflow_model#model
  --files demo.py,dataDeal.py
  --launch-cmd "python demo.py --data_path=./data --save_path=./model"
  --worker-memory 2G --worker-num 2 --worker-cores 1 --worker-gpus 1
  --ps-memory 1G --ps-num 1 --ps-cores 2 --queue default"""


def plan(line: str, **hadoop: str) -> SubmissionPlan:
    options = parse_options(shlex.split(line))
    settings = load_settings(options.settings, options.conf)
    properties = {"fs.defaultFS": FS} | {
        name.replace("_", "."): value for name, value in hadoop.items()
    }
    return make_plan(options, settings, properties, CALLER)


def test_the_quick_start() -> None:
    found = plan(QUICK_START)
    job = found.job
    assert (job.name, job.application_type, job.user) == (
        "tf-demo",
        "TENSORFLOW",
        "alice",
    )
    assert (job.queue, job.priority) == ("default", 3)
    assert job.am == Resources(1024, 1)
    assert [(role.name, role.count, role.resources) for role in job.roles] == [
        ("worker", 2, Resources(2048, 1, 1)),
        ("ps", 1, Resources(1024, 2)),
    ]
    assert job.roles[0].command[:2] == ("python", "demo.py")
    assert job.inputs == (InputSpec("data", (f"{FS}/tmp/data/tensorflow",)),)
    assert job.outputs == (OutputSpec(f"{FS}/tmp/tensorflow_model", "model"),)
    assert [upload.path for upload in found.uploads] == [
        "/home/alice/demo.py",
        "/home/alice/dataDeal.py",
    ]
    assert found.staging_root == f"{FS}/tmp/XLearning/staging"
    assert found.warnings == ()
    assert job.application_id == job.staging_url == ""


def test_the_least_command() -> None:
    found = plan("python a.py")
    assert found.job.name == "XLearning-1234"
    assert found.job.queue == "default"
    assert found.job.application_type == "XLEARNING"
    assert found.runtime == "auto"
    assert not found.follow.detach


def test_conf_wins_over_the_command_line() -> None:
    found = plan("--worker-num 2 --conf xlearning.worker.num=3 true")
    assert found.job.roles[0].count == 3


def test_all_that_is_set_reaches_the_job() -> None:
    found = plan(
        "--detach --json --runtime path:/opt/x --output-layout task --flat-input true "
        "--conf xlearning.task.timeout=1000 xlearning.reserve.port.begin=1 "
        "xlearning.reserve.port.end=3 xlearning.log.pull.interval=500 "
        "xlearning.app.view.acl=* xlearning.am.env.DEBUG=1 "
        "xlearning.tf.distribution.strategy=true xlearning.staging.dir=/s "
        "xlearning.network.interface=10.1.0.0/16 xlearning.network.address=IP "
        "--output /o --conf xlearning.output.local.dir=out --priority HIGH true"
    )
    job = found.job
    assert job.options.agent_timeout_s == 1.0
    assert job.options.port_range == (1, 3)
    assert job.options.interface == "10.1.0.0/16"
    assert job.options.numeric_hosts
    assert job.options.distribution_strategy
    assert job.data.layout is OutputLayout.TASK
    assert job.data.flat_input
    assert job.view_acl == "*"
    assert job.priority == 4
    assert job.outputs[0].local == "out"
    assert found.runtime == "path:/opt/x"
    assert found.staging_root == f"{FS}/s"
    assert found.am_environment == {"DEBUG": "1"}
    assert found.follow.detach
    assert found.follow.as_json
    assert found.follow.poll_interval_s == 0.5


def test_the_programs_variables() -> None:
    found = plan(
        "--user-path /p1 --user-ldlibrarypath /l --jars a.jar "
        "--conf xlearning.container.env.PATH=/p0 xlearning.container.env.X=a=b true"
    )
    assert found.job.roles[0].environment == {
        "PATH": "/p0:/p1",
        "LD_LIBRARY_PATH": "/l",
        "CLASSPATH": "./a.jar",
        "X": "a=b",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--app-type vpc true", "not supported yet: `--app-type vpc`"),
        ("--container-type docker true", "not supported yet: containers of Docker"),
        ("--runtime conda true", "`conda` is no runtime (`--runtime`)"),
        ("--input /a#x --files x true", "`x` would be a folder (--input) and a file"),
        ("--output /a#y --cacheFile /y true", "`y` would be a folder (--output)"),
        ("--tf-evaluator yes true", "`--tf-evaluator`: `yes` is not true or false"),
        ("--conf xlearning.reserve.port.end=1 true", "no port from 20000 up to 1"),
        ("--conf xlearning.network.interface=10.1/99 true", "is no network"),
        ("--worker-num 2", "Invalid launch cmd"),
        ("--worker-num 2 --output-index 2 true", "there is no worker 2"),
        ("--output /o#m --output /o#n true", "is given for two local folders"),
    ],
)
def test_what_cannot_be_is_refused(line: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(line)
    assert words in caught.value.message


def test_a_secured_cluster_is_refused() -> None:
    with pytest.raises(ConfigError, match="not supported yet: a cluster with Kerberos"):
        plan("true", hadoop_security_authentication="kerberos")


def test_boards_are_a_warning_when_asked_for() -> None:
    found = plan("--board-enable true --board-index 1 true")
    assert found.warnings == (
        "`--board-index` has no effect: not supported yet: boards",
        "not supported yet: boards (`--board-enable`)",
    )
    assert plan("--board-enable false true").warnings == ()


def test_warnings_of_all_parts_are_collected() -> None:
    found = plan(
        "--queue a --queue b --ps-num 1 --cacheArchive /a.xz --launch-cmd 'echo $A'"
    )
    assert len(found.warnings) == 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--input-strategy PLACEHOLDER", "has nothing to keep with PLACEHOLDER"),
        ("--isRenameInputFile true", "keeps the files' names"),
    ],
)
def test_cached_input_is_fetched_under_its_own_names(words: str, why: str) -> None:
    cached = "--input /in#d --input-cache true"
    assert plan(f"{cached} true").job.data.cache_input
    with pytest.raises(ConfigError, match=why):
        plan(f"{cached} {words} true")


def test_yarn_fetches_only_from_file_systems_that_every_node_reads() -> None:
    job = plan("--input hdfs://other/in,file:///a#d --input-cache true true").job
    assert job.data.cache_input
    there = (InputSpec("d", ("s3://b/in",)),)
    with pytest.raises(ConfigError, match="YARN cannot fetch `s3://b/in`"):
        check_cache(msgspec.structs.replace(job, inputs=there))


def test_an_output_in_an_input_is_refused() -> None:
    with pytest.raises(ConfigError, match="lie in each other"):
        plan("--input /a#d --output /a/out#o true")
