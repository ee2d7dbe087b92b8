from __future__ import annotations

import re
from pathlib import Path

import pytest

import xlearning
from xlearning.config.load import Entry, load_settings, read_site
from xlearning.errors import ConfigError

SITE = "`/etc/xlearning-site.xml`"


def test_site_file_command_line_and_conf_in_this_order() -> None:
    site = [
        Entry("xlearning.worker.num", "2", SITE),
        Entry("xlearning.ps.num", "2", SITE),
        Entry("xlearning.am.cores", "2", SITE),
    ]
    line = [
        Entry("xlearning.worker.num", "3", "`--worker-num`"),
        Entry("xlearning.ps.num", "3", "`--ps-num`"),
    ]
    conf = [Entry("xlearning.ps.num", "4", "`--conf xlearning.ps.num`")]
    found = load_settings(site, line, conf)
    assert found.integer("xlearning.am.cores") == 2
    assert found.integer("xlearning.worker.num") == 3
    assert found.integer("xlearning.ps.num") == 4
    assert found.integer("xlearning.ps.cores") == 1
    assert found.origin("xlearning.ps.num") == "`--conf xlearning.ps.num`"
    assert found.origin("xlearning.am.cores") == SITE
    assert not found.is_given("xlearning.ps.cores")
    assert found.is_given("xlearning.ps.num")


def test_an_alias_and_the_key_are_one_setting() -> None:
    site = [Entry("hbox.worker.gpus", "2", SITE)]
    line = [Entry("xlearning.worker.gcores", "1", "`--worker-gpus`")]
    assert load_settings(site).integer("xlearning.worker.gcores") == 2
    assert load_settings(site, line).integer("xlearning.worker.gcores") == 1


def test_typed_access() -> None:
    found = load_settings([Entry("xlearning.chief.worker.memory", "1G", SITE)])
    assert found.optional_integer("xlearning.chief.worker.memory") == 1024
    assert found.optional_integer("xlearning.evaluator.worker.memory") is None
    assert found.seconds("xlearning.task.timeout") == 300.0
    assert found.number("xlearning.container.maxFailures.rate") == 0.5
    assert found.flag("xlearning.cleanup.enable")
    assert found.text("xlearning.app.queue") == "default"
    assert found.text("xlearning.docker.image") == ""


def test_hadoops_own_keys_pass() -> None:
    entries = [Entry("dfs.replication", "1", SITE), Entry("a.b", "x=y", "`--conf a.b`")]
    assert load_settings(entries).hadoop == {"dfs.replication": "1", "a.b": "x=y"}


def test_variables_keep_their_values_whole() -> None:
    found = load_settings(
        [
            Entry("xlearning.container.env.OPTS", "a=b|c=d", SITE),
            Entry("xlearning.container.env.EMPTY", "", SITE),
            Entry("xlearning.am.env.DEBUG", "1", SITE),
        ]
    )
    assert found.container_environment == {"OPTS": "a=b|c=d", "EMPTY": ""}
    assert found.am_environment == {"DEBUG": "1"}


def test_an_error_says_where_the_value_stands() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings([Entry("xlearning.worker.num", "x", SITE)])
    assert caught.value.message == (
        f"`xlearning.worker.num` in {SITE}: `x` is not a whole number"
    )
    with pytest.raises(ConfigError) as caught:
        load_settings([Entry("xlearning.worker.num", "x", "`--worker-num`")])
    assert caught.value.message == "`--worker-num`: `x` is not a whole number"


def test_keys_without_effect_are_told() -> None:
    found = load_settings(
        [
            Entry("xlearning.worker.mem.autoscale", "0.9", SITE),
            Entry("xlearning.board.path", "vdl", SITE),
            Entry("xlearning.history.port", "1", SITE),
            Entry("xlearning.ps.mem.autoscale", "0.2", SITE),
        ],
        [
            Entry("xlearning.tf.board.worker.index", "1", "`--board-index`"),
            Entry("xlearning.mode.single", "true", "`--conf xlearning.mode.single`"),
        ],
    )
    assert found.warnings == (
        "`--board-index` has no effect: not supported yet: boards",
        "`--conf xlearning.mode.single` has no effect: computed from the number of "
        "parameter servers",
        f"without effect in {SITE}: `xlearning.worker.mem.autoscale`, "
        "`xlearning.board.path`",
    )


def test_the_site_file_is_read_with_its_variables(tmp_path: Path) -> None:
    (tmp_path / "xlearning-site.xml").write_text(
        "<configuration><property><name>xlearning.app.queue</name>"
        "<value>${env.QUEUE}</value></property></configuration>"
    )
    (entry,) = read_site(tmp_path, {"QUEUE": "prod"})
    assert entry.text == "prod"
    assert str(tmp_path) in entry.origin


def test_no_site_file_means_nothing_is_set(tmp_path: Path) -> None:
    assert read_site(tmp_path, {}) == []
    assert read_site(None, {}) == []


def test_the_shipped_site_file_sets_nothing() -> None:
    conf = Path(xlearning.__file__).parents[1] / "conf"
    assert read_site(conf, {}) == []
    assert (conf / "xlearning-site.xml").is_file()


def test_every_example_in_the_shipped_site_file_can_be_used(tmp_path: Path) -> None:
    conf = Path(xlearning.__file__).parents[1] / "conf"
    text = (conf / "xlearning-site.xml").read_text()
    properties = "".join(re.findall(r"<property>.*?</property>", text, re.DOTALL))
    site = tmp_path / "xlearning-site.xml"
    site.write_text(f"<configuration>{properties}</configuration>")
    entries = read_site(tmp_path, {})
    assert len(entries) >= 10
    assert load_settings(entries).warnings == ()


def test_keys_of_hbox_that_stand_for_others() -> None:
    settings = load_settings(
        [
            Entry("hbox.job.labelname", "gpu", "`--conf`"),
            Entry("hbox.driver.memory", "2048", "`--conf`"),
        ]
    )
    assert settings.text("xlearning.am.nodeLabelExpression") == "gpu"
    assert settings.text("xlearning.ps.nodeLabelExpression") == "gpu"
    assert settings.integer("xlearning.am.memory") == 2048
