"""Output formats of Java: a user's own, and Hadoop's of both APIs."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup, read_all
from tests.io.formats.writing import cut
from xlearning.errors import ClusterError, ConfigError
from xlearning.io.formats.base import FormatSettings
from xlearning.io.formats.registry import find_output_format
from xlearning.io.formats.sequence_input import SequenceFileInput

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.java

PLAIN = {"mapreduce.output.fileoutputformat.compress": "false"}
NULL_KEYS = {"mapreduce.job.output.key.class": "org.apache.hadoop.io.NullWritable"}


def files(folder: Path) -> dict[str, bytes]:
    """Return all that is in a folder but Hadoop's checksums."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".crc")
    }


def write(
    name: str, folder: Path, pieces: list[bytes], settings: FormatSettings
) -> dict[str, bytes]:
    """Write through a format and return the files."""
    writer = find_output_format(name).open(f"file://{folder}", lookup, settings)
    for piece in pieces:
        writer.write(piece)
    writer.close()
    return files(folder)


def test_a_users_format(class_path: tuple[str, ...], tmp_path: Path) -> None:
    settings = FormatSettings(PLAIN, class_path)
    name = "custom.Custom$OldShouter"
    found = write(name, tmp_path, [b"one\ntw", b"o"], settings)
    assert found == {"part-r": b"null ONE!\nnull TWO!\n"}


@pytest.mark.parametrize(
    ("api", "file"),
    [("mapred", "part-r.gz"), ("mapreduce.lib.output", "part-r-00000.gz")],
)
def test_hadoops_own_text(
    class_path: tuple[str, ...], tmp_path: Path, api: str, file: str
) -> None:
    data = b"".join(b"line %d \xff\n" % number for number in range(200_000))
    name = f"java:org.apache.hadoop.{api}.TextOutputFormat"
    found = write(name, tmp_path, cut(data, 65_536), FormatSettings({}, class_path))
    assert list(found) == [file]
    assert gzip.decompress(found[file]) == data


def test_hadoops_own_sequence_files(
    class_path: tuple[str, ...], tmp_path: Path
) -> None:
    properties = {
        **NULL_KEYS,
        "mapreduce.job.output.value.class": "org.apache.hadoop.io.Text",
    }
    name = "java:org.apache.hadoop.mapred.SequenceFileOutputFormat"
    write(name, tmp_path, [b"one\ntwo\n"], FormatSettings(properties, class_path))
    assert read_all(SequenceFileInput(), [tmp_path / "part-r"]) == b"one\ntwo\n"


def test_an_exception_is_told(class_path: tuple[str, ...], tmp_path: Path) -> None:
    form = find_output_format("custom.Custom$OldShouter")
    settings = FormatSettings(PLAIN, class_path)
    writer = form.open(f"file://{tmp_path}", lookup, settings)
    writer.write(b"one\nfail\n")
    with pytest.raises(ClusterError, match="told to fail"):
        writer.close()


def test_an_aborted_writer_commits_nothing(
    class_path: tuple[str, ...], tmp_path: Path
) -> None:
    form = find_output_format("custom.Custom$OldShouter")
    writer = form.open(f"file://{tmp_path}", lookup, FormatSettings(PLAIN, class_path))
    writer.write(b"one\n")
    writer.abort()
    assert [name for name in files(tmp_path) if not name.startswith("_temporary")] == []


def test_a_missing_class_is_refused(
    class_path: tuple[str, ...], tmp_path: Path
) -> None:
    form = find_output_format("a.Missing")
    writer = form.open(f"file://{tmp_path}", lookup, FormatSettings({}, class_path))
    with pytest.raises(ConfigError, match=r"`a\.Missing` is not on the class path"):
        writer.close()
