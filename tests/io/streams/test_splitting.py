from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.io.streams.conftest import LOCAL, a_setup
from xlearning.errors import ConfigError, ConnectionLost, XLearningError
from xlearning.io.formats.base import Block, SourceFile
from xlearning.io.splits import InputFile
from xlearning.io.streams.orders import PROCESS, MakeSplits
from xlearning.io.streams.splitting import make_splits, source_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = tuple(
    InputFile(alias, f"hdfs://nn/{alias}/{n}", 300, str(n))
    for alias, n in (("a", 0), ("b", 0), ("a", 1))
)


def test_files_are_told_with_their_blocks() -> None:
    blocks = (Block(0, 200, ("n1",)), Block(200, 100))
    found = source_files(FILES, {FILES[0].uri: blocks}, {"dfs.blocksize": "1m"})
    assert list(found) == ["a", "b"]
    assert found["a"][0] == SourceFile(FILES[0].uri, 300, 200, blocks)
    assert found["a"][1] == SourceFile(FILES[2].uri, 300, 1 << 20)


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 128 << 20), ("64k", 64 << 10), ("1G", 1 << 30), ("77", 77), ("x", 128 << 20)],
)
def test_the_usual_block_is_hadoops(text: str, size: int) -> None:
    found = source_files(FILES, {}, {"dfs.blocksize": text})
    assert found["b"][0].block_bytes == size


def test_text_is_split_here_input_by_input() -> None:
    files = source_files(FILES, {FILES[0].uri: (Block(0, 200), Block(200, 100))}, {})
    found = make_splits(MakeSplits(a_setup("text"), files), LOCAL)
    told = [(each.alias, each.split.name.rpartition("/")[2]) for each in found]
    assert told == [
        ("a", "0:0+200"),
        ("a", "0:200+100"),
        ("a", "1:0+300"),
        ("b", "0:0+300"),
    ]


def test_a_wrong_setting_is_told() -> None:
    key = "mapreduce.input.fileinputformat.split.maxsize"
    order = MakeSplits(a_setup("text", **{key: "much"}), source_files(FILES, {}, {}))
    with pytest.raises(ConfigError, match="much"):
        make_splits(order, LOCAL)


def test_the_process_is_this_interpreter() -> None:
    assert PROCESS[0] == sys.executable


USERS = """
class Numbers:
    looks_into_files = True

    def __init__(self, context):
        self.properties = context.properties

    def splits(self, files):
        print("not a split")
        if self.properties.get("fails"):
            raise ValueError("seven is no number")
        return [file.uri for file in files]

    def records(self, split):
        yield split
"""


def test_a_format_that_looks_into_files_has_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers_of_mine.py").write_text(USERS)
    monkeypatch.chdir(tmp_path)
    files = source_files(FILES, {}, {})
    name = "numbers_of_mine:Numbers"
    found = make_splits(MakeSplits(a_setup(name), files), LOCAL)
    assert [each.split.payload for each in found] == [
        b'"hdfs://nn/a/0"',
        b'"hdfs://nn/a/1"',
        b'"hdfs://nn/b/0"',
    ]
    with pytest.raises(ConfigError, match="ValueError: seven is no number"):
        make_splits(MakeSplits(a_setup(name, fails="yes"), files), LOCAL)


def test_a_process_that_dies_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly.py").write_text("import os; os._exit(7)")
    monkeypatch.chdir(tmp_path)
    order = MakeSplits(a_setup("deadly:Any"), source_files(FILES, {}, {}))
    with pytest.raises(XLearningError, match="makes its splits ended with 7"):
        make_splits(order, LOCAL)


def test_a_server_that_does_not_answer_may_do_so_later() -> None:
    file = InputFile("a", "hdfs://127.0.0.1:1/a", 100, "a")
    order = MakeSplits(a_setup("nline"), source_files((file,), {}, {}))
    with pytest.raises(ConnectionLost, match=r"`hdfs://127\.0\.0\.1:1` cannot be"):
        make_splits(order, LOCAL)
