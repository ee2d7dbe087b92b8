from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.config.site import hadoop_conf_dir, load_hadoop, read_xml, resolve
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *properties: tuple[str, str] | tuple[str, str, bool]) -> None:
    rows = []
    for name, value, *final in properties:
        mark = "<final>true</final>" if final and final[0] else ""
        rows.append(
            f"<property><name>{name}</name><value>{value}</value>{mark}</property>"
        )
    path.write_text(f"<configuration>{''.join(rows)}</configuration>")


def test_files_lie_over_each_other_and_over_the_built_in_values(tmp_path: Path) -> None:
    write(tmp_path / "core-site.xml", ("fs.defaultFS", "hdfs://nn:8020"), ("a", "1"))
    write(tmp_path / "yarn-site.xml", ("a", "2"))
    found = load_hadoop(tmp_path, {})
    assert found["fs.defaultFS"] == "hdfs://nn:8020"
    assert found["a"] == "2"
    assert found["yarn.http.policy"] == "HTTP_ONLY"


def test_a_final_property_is_not_overridden_by_a_later_file(tmp_path: Path) -> None:
    write(tmp_path / "core-site.xml", ("a", "1", True))
    write(tmp_path / "yarn-site.xml", ("a", "2"))
    assert load_hadoop(tmp_path, {})["a"] == "1"


def test_what_the_user_sets_wins_over_final_as_in_java(tmp_path: Path) -> None:
    write(tmp_path / "core-site.xml", ("a", "1", True))
    assert load_hadoop(tmp_path, {}, {"a": "3"})["a"] == "3"


def test_the_first_final_of_a_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "core-site.xml"
    write(path, ("a", "1", True), ("a", "2"))
    assert read_xml(path) == {"a": ("1", True)}


def test_variables_come_from_properties_and_environment() -> None:
    raw = {
        "host": "rm1",
        "address": "${host}:8088",
        "web": "http://${address}/",
        "user": "${env.WHO}",
        "or": "${env.NOBODY:-none}",
        "or2": "${env.EMPTY-unset}",
        "or3": "${env.EMPTY:-unset}",
        "unknown": "x${nothing}y${host}",
        "home": "${user.name}",
    }
    found = resolve(raw, {"WHO": "alice", "EMPTY": "", "HADOOP_USER_NAME": "bob"})
    assert found["web"] == "http://rm1:8088/"
    assert found["user"] == "alice"
    assert found["or"] == "none"
    assert found["or2"] == ""
    assert found["or3"] == "unset"
    assert found["unknown"] == "x${nothing}y${host}"  # Hadoop stops there too
    assert found["home"] == "bob"


def test_the_inner_variable_is_replaced_first() -> None:
    found = resolve({"which": "b", "a.b": "deep", "x": "${a.${which}}"}, {})
    assert found["x"] == "deep"


def test_a_property_that_names_itself_stays() -> None:
    assert resolve({"a": "x${a}"}, {})["a"] == "x${a}"


def test_twenty_replacements_pass_and_one_more_does_not() -> None:
    twenty = {"v": "1", "a": "${v}" * 20}
    assert resolve(twenty, {})["a"] == "1" * 20
    with pytest.raises(ConfigError, match="`a` needs more than 20"):
        resolve({"v": "1", "a": "${v}" * 21}, {})


def test_two_properties_that_name_each_other_are_an_error() -> None:
    with pytest.raises(ConfigError, match="more than 20"):
        resolve({"a": "${b}", "b": "${a}"}, {})


def test_attributes_and_comments_inside_values(tmp_path: Path) -> None:
    path = tmp_path / "core-site.xml"
    path.write_text(
        '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="c.xsl"?>\n'
        "<configuration><!-- c -->"
        '<property name=" a " value="1" final="true"/>'
        "<property><name>b</name><value> two\n</value><source>x</source></property>"
        "<property><name>no-value</name></property><other/>"
        "<property><name>e</name><value></value></property>"
        "</configuration>"
    )
    assert read_xml(path) == {"a": ("1", True), "b": ("two", False), "e": ("", False)}


def test_included_files_are_read(tmp_path: Path) -> None:
    write(tmp_path / "more.xml", ("b", "2"))
    path = tmp_path / "core-site.xml"
    path.write_text(
        '<configuration xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<xi:include href="more.xml"/>'
        '<xi:include href="none.xml"><xi:fallback/></xi:include>'
        "</configuration>"
    )
    assert read_xml(path) == {"b": ("2", False)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<configuration>", "not well-formed"),
        ("<conf/>", "its root is <conf>"),
        ("<configuration><property/></configuration>", "has no name"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "core-site.xml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=words) as caught:
        read_xml(path)
    assert str(path) in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_xml(tmp_path / "none.xml")


def test_the_folder_is_found_in_the_order_of_hadoop(tmp_path: Path) -> None:
    conf = tmp_path / "etc" / "hadoop"
    conf.mkdir(parents=True)
    assert hadoop_conf_dir({"HADOOP_CONF_DIR": str(conf)}) == conf
    assert hadoop_conf_dir({"YARN_CONF_DIR": str(conf)}) == conf
    assert hadoop_conf_dir({"HADOOP_HOME": str(tmp_path)}) == conf
    assert hadoop_conf_dir({"HADOOP_CONF_DIR": "/nowhere"}, str(conf)) == conf


def test_no_folder_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="HADOOP_CONF_DIR is not set") as caught:
        hadoop_conf_dir({})
    assert "xl cluster up" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="named by HADOOP_CONF_DIR, is not a folder"):
        hadoop_conf_dir({"HADOOP_CONF_DIR": str(tmp_path / "none")})
    with pytest.raises(ConfigError, match="there is no core-site"):
        load_hadoop(tmp_path, {})
