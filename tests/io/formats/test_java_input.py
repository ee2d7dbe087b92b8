"""Input formats of Java: a user's own of both APIs, and Hadoop's."""

from __future__ import annotations

import os
import re
import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup, source
from xlearning.errors import ClusterError, ConfigError
from xlearning.io.formats.base import FormatSettings, SourceFile
from xlearning.io.formats.java_input import JavaInput
from xlearning.io.formats.registry import find_input_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place
    from xlearning.io.formats.base import InputFormat, RecordSplit

pytestmark = pytest.mark.java

LINES = b"".join(b"line %d of a file \xff\n" % number for number in range(200_000))


@pytest.fixture(scope="module")
def splits(class_path: tuple[str, ...]) -> tuple[RecordSplit, ...]:
    """Ten numbers in each of three splits."""
    settings = FormatSettings({}, class_path)
    return JavaInput("custom.Custom$OldCounter").splits([], lookup, settings)


def read_each(form: InputFormat, settings: FormatSettings, *paths: Path) -> list[bytes]:
    """Return what each split gives."""
    with closing(form):
        found = form.splits([source(path) for path in paths], lookup, settings)
        return [b"".join(form.read(split, lookup, settings)) for split in found]


def test_a_users_format_of_the_old_api(class_path: tuple[str, ...]) -> None:
    form = find_input_format("custom.Custom$OldCounter")
    assert isinstance(form, JavaInput)
    settings = FormatSettings({"custom.count": "2"}, class_path)
    splits = form.splits([], lookup, settings)
    assert [(split.length, split.hosts) for split in splits] == [
        (2, ("n0",)),
        (2, ("n2",)),
        (2, ("n4",)),
    ]
    assert list(form.read(splits[1], lookup, settings)) == [b"2\n3\n"]
    form.close()


def test_a_users_format_of_the_new_api(
    class_path: tuple[str, ...], tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("a b#c", "ü,1%20")]
    for path in paths:
        path.write_bytes(b"")
    form = find_input_format("custom.Custom$NewPaths")
    assert read_each(form, FormatSettings({}, class_path), *paths) == [
        b"a b#c\n",
        "ü,1%20\n".encode(),
    ]


@pytest.mark.parametrize("api", ["mapred", "mapreduce.lib.input"])
def test_hadoops_own_text(
    class_path: tuple[str, ...], tmp_path: Path, api: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(LINES)
    form = find_input_format(f"java:org.apache.hadoop.{api}.TextInputFormat")
    properties = {"fs.local.block.size": "2000000"}
    parts = read_each(form, FormatSettings(properties, class_path), path)
    assert len(parts) == 3
    assert b"".join(parts) == LINES


def test_an_exception_ends_the_stream(
    class_path: tuple[str, ...], splits: tuple[RecordSplit, ...]
) -> None:
    form = JavaInput("custom.Custom$OldCounter")
    settings = FormatSettings({"custom.fail": "3"}, class_path)
    with pytest.raises(ClusterError, match="IOException: no more than 3") as error:
        list(form.read(splits[0], lookup, settings))
    assert error.value.java_class == "java.io.IOException"
    assert error.value.method == "read"


def test_one_jvm_reads_split_after_split(
    class_path: tuple[str, ...], splits: tuple[RecordSplit, ...]
) -> None:
    settings = FormatSettings({"custom.pid": "true"}, class_path)
    assert [split.name for split in splits][1:] == ["split 2 of 3", "split 3 of 3"]
    with closing(JavaInput("custom.Custom$OldCounter")) as form:
        found = [b"".join(form.read(split, lookup, settings)) for split in splits]
        [pid] = {int(word) for words in found for word in words.split()}
        at_once = [form.read(splits[0], lookup, settings) for _ in range(2)]
        both = {int(next(each).split()[0]) for each in at_once}
        assert len(both) == 2
        assert pid in both
        assert [list(each) for each in at_once] == [[], []]
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("die", "ended with status 7"),
        ("fill", "`custom.Custom$OldCounter`: java.lang.OutOfMemoryError: Java heap"),
        ("hang", "`custom.Custom$OldCounter` did nothing for 8 s, and was ended"),
    ],
)
def test_a_jvm_that_cannot_go_on_ends_the_stream(
    class_path: tuple[str, ...], splits: tuple[RecordSplit, ...], key: str, cause: str
) -> None:
    properties = {
        f"custom.{key}": "3",
        "mapreduce.map.java.opts": "-Xmx64m",
        "mapreduce.task.timeout": "8000",
    }
    settings = FormatSettings(properties, class_path)
    form = JavaInput("custom.Custom$OldCounter")
    with pytest.raises(ClusterError, match=re.escape(cause)):
        list(form.read(splits[0], lookup, settings))


def test_records_that_come_slowly_are_not_kept_back(
    class_path: tuple[str, ...], splits: tuple[RecordSplit, ...]
) -> None:
    settings = FormatSettings({"custom.slow": "200"}, class_path)
    with closing(JavaInput("custom.Custom$OldCounter")) as form:
        chunks = list(form.read(splits[0], lookup, settings))
    assert len(chunks) > 2
    assert b"".join(chunks).split() == [b"%d" % number for number in range(10)]


def test_a_jvm_that_is_killed_is_named(
    class_path: tuple[str, ...], splits: tuple[RecordSplit, ...]
) -> None:
    settings = FormatSettings({"custom.pid": "true"}, class_path)
    with closing(JavaInput("custom.Custom$OldCounter")) as form:
        words = b"".join(form.read(splits[0], lookup, settings)).split()
        os.kill(int(words[0]), signal.SIGKILL)
        with pytest.raises(ClusterError, match="OldCounter` was killed by SIGKILL"):
            list(form.read(splits[1], lookup, settings))
        again = b"".join(form.read(splits[1], lookup, settings)).split()
        assert int(again[0]) != int(words[0])


def test_wrong_classes_are_refused(class_path: tuple[str, ...]) -> None:
    for name, paths, cause in (
        ("a.Missing", class_path, "`a.Missing` is not on the class path"),
        ("java.lang.String", class_path, "`java.lang.String` is no InputFormat"),
        ("a.Missing", ("/nowhere",), "Hadoop's classes are not on the class path"),
        ("a.Missing", (), "needs Hadoop's jars"),
    ):
        with pytest.raises(ConfigError, match=cause):
            JavaInput(name).splits([], lookup, FormatSettings({}, paths))


def test_a_reader_may_be_left_early(class_path: tuple[str, ...]) -> None:
    form = JavaInput("custom.Custom$OldCounter")
    settings = FormatSettings({"custom.count": "5000000"}, class_path)
    splits = form.splits([], lookup, settings)
    chunks = iter(form.read(splits[0], lookup, settings))
    assert next(chunks).startswith(b"0\n1\n")
    chunks.close()  # type: ignore[attr-defined]  # a generator


@pytest.mark.hadoop
def test_java_reads_hdfs_as_we_do(
    class_path: tuple[str, ...],
    hdfs_place: Place,
    hadoop_properties: Mapping[str, str],
) -> None:
    data = LINES[: LINES.index(b"\n", 1_000_000) + 1]
    hdfs_place.storage.write(hdfs_place.at("a b#%ü"), data)
    settings = FormatSettings(dict(hadoop_properties), class_path)
    file = SourceFile(hdfs_place.url("a b#%ü"), len(data))
    form = find_input_format("java:org.apache.hadoop.mapred.TextInputFormat")
    found = form.splits([file], lookup, settings)
    assert found[0].hosts
    assert found[0].name == f"{file.uri}:0+{len(data)}"
    with closing(form):
        assert data == b"".join(
            chunk for split in found for chunk in form.read(split, lookup, settings)
        )
    secret = hdfs_place.url("secret")
    hdfs_place.storage.write(hdfs_place.at("secret"), b"x\n", mode=0o600)
    alice = FormatSettings(dict(hadoop_properties), class_path, "alice")
    with pytest.raises(ClusterError, match="Permission denied: user=alice") as error:
        form.splits([SourceFile(secret, 2)], lookup, alice)
    assert "\n" not in error.value.message
