from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.streams.settings import (
    class_path,
    runs_foreign_code,
    setup_for,
    with_homes,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_the_users_jars_come_first_then_hadoops(tmp_path: Path) -> None:
    home = tmp_path / "hadoop"
    common = home / "share/hadoop/common"
    common.mkdir(parents=True)
    for name in ("b.jar", "a.jar", "README"):
        (common / name).touch()
    (tmp_path / "mine.jar").touch()
    conf = tmp_path / "conf"
    conf.mkdir()
    variables = {"HADOOP_HOME": str(home), "HADOOP_CONF_DIR": str(conf)}
    mine = str(tmp_path / "mine.jar")
    assert class_path(mine, {}, variables) == (
        mine,
        str(conf),
        str(common / "a.jar"),
        str(common / "b.jar"),
    )


def test_the_clusters_own_class_path_is_used(tmp_path: Path) -> None:
    (tmp_path / "x.jar").touch()
    properties = {"yarn.application.classpath": f"{tmp_path}/*, {tmp_path}/none"}
    assert class_path("", properties, {}) == (str(tmp_path / "x.jar"),)


def test_what_names_an_unknown_variable_is_left_out() -> None:
    assert class_path("", {"yarn.application.classpath": "$NOWHERE/*"}, {}) == ()
    assert class_path("", {"yarn.application.classpath": "{{NOWHERE}}/*"}, {}) == ()


def test_one_home_is_that_of_all_parts() -> None:
    found = with_homes({"HADOOP_YARN_HOME": "/h", "HADOOP_HDFS_HOME": "/d"})
    assert found["HADOOP_COMMON_HOME"] == "/d"
    assert found["HADOOP_HDFS_HOME"] == "/d"
    assert with_homes({}) == {}


def test_only_a_format_in_java_needs_classes(tmp_path: Path) -> None:
    (tmp_path / "x.jar").touch()
    properties = {"yarn.application.classpath": f"{tmp_path}/*"}
    text = setup_for("text", properties, "alice", "")
    assert (text.format, text.user, text.settings.class_path) == ("text", "alice", ())
    java = setup_for("com.example.Mine", properties, "alice", str(tmp_path))
    assert java.settings.class_path == (str(tmp_path), str(tmp_path / "x.jar"))
    assert java.settings.properties == properties


def test_what_is_in_java_or_the_users_own_is_foreign() -> None:
    assert runs_foreign_code("com.example.Mine")
    assert runs_foreign_code("java:org.apache.hadoop.mapred.TextInputFormat")
    assert runs_foreign_code("mine:Numbers")
    assert not runs_foreign_code("org.apache.hadoop.mapred.TextInputFormat")
    assert not runs_foreign_code("text")
