from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from xlearning.cli.session import Session, submitting_user
from xlearning.config.load import Entry
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

ME = pwd.getpwuid(os.geteuid()).pw_name


def write(path: Path, name: str, value: str) -> None:
    path.write_text(
        f"<configuration><property><name>{name}</name><value>{value}</value>"
        "</property></configuration>"
    )


def test_the_user_is_never_taken_from_the_variable_user_alone() -> None:
    assert submitting_user({"USER": "somebody"}) == ME
    assert submitting_user({"HADOOP_USER_NAME": "alice", "USER": "x"}) == "alice"
    assert submitting_user({"HADOOP_USER_NAME": "alice"}, "bob") == "bob"
    assert submitting_user({"HADOOP_USER_NAME": " "}) == ME


def test_settings_and_hadoops_properties_come_from_the_named_folders(
    tmp_path: Path,
) -> None:
    write(tmp_path / "xlearning-site.xml", "xlearning.worker.num", "2")
    write(tmp_path / "yarn-site.xml", "yarn.resourcemanager.hostname", "rm1")
    conf = [Entry("yarn.http.policy", "HTTPS_ONLY", "`--conf yarn.http.policy`")]
    session = Session(layers=[conf], conf_dir=str(tmp_path), hadoop_conf=str(tmp_path))
    assert session.settings.integer("xlearning.worker.num") == 2
    assert session.hadoop["yarn.http.policy"] == "HTTPS_ONLY"
    assert session.address == "rm1:8032"


def test_a_folder_that_is_not_there_is_told_when_it_is_needed(tmp_path: Path) -> None:
    session = Session(hadoop_conf=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="named by --hadoop-conf"):
        _ = session.hadoop


def test_a_folder_of_settings_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="named by --conf-dir, is not a folder"):
        _ = Session(conf_dir=str(tmp_path / "none")).settings
    monkeypatch.setenv("XLEARNING_CONF_DIR", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="named by XLEARNING_CONF_DIR"):
        _ = Session().settings


def test_the_site_file_may_be_hboxs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hbox-site.xml").write_text(
        "<configuration><property><name>hbox.worker.num</name><value>3</value>"
        "</property></configuration>"
    )
    monkeypatch.delenv("XLEARNING_CONF_DIR", raising=False)
    monkeypatch.setenv("HBOX_CONF_DIR", str(tmp_path))
    assert Session().settings.integer("xlearning.worker.num") == 3
