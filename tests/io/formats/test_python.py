"""Formats that a user wrote in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup, read_all, read_split, settings, splits_of
from tests.io.formats.writing import write
from xlearning.errors import ConfigError
from xlearning.io.formats.python import PythonInput, PythonOutput, UserCodeFailed
from xlearning.io.formats.registry import find_input_format, find_output_format

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''
class Words:
    """One split a file, a record a word."""

    def __init__(self, context):
        self.context = context

    def splits(self, files):
        return [{"uri": file.uri, "length": file.length} for file in files]

    def records(self, split):
        with self.context.open(split["uri"]) as file:
            for word in file.read().split():
                yield word if self.context.properties.get("raw") else word.decode()


class Failing(Words):
    def records(self, split):
        yield "one"
        raise RuntimeError("no more")


class Unsplittable(Words):
    def splits(self, files):
        return [object()]


class Shout:
    def __init__(self, context):
        self.file = context.create("shouted.txt")

    def write(self, line):
        if line == b"fail":
            raise RuntimeError("told to fail")
        self.file.write(line.upper() + b"!\\n")

    def close(self):
        self.file.close()
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the user's."""
    (tmp_path / "words_of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return "words_of_a_user"


def test_splits_and_records_are_the_users(module: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b")]
    for path in paths:
        path.write_bytes(f"one {path.name} ü".encode())
    form = find_input_format(f"{module}:Words")
    assert isinstance(form, PythonInput)
    found = splits_of(form, paths)
    assert found[1].name == f'{{"uri":"file://{paths[1]}","length":8}}'[:100]
    assert [read_split(form, split) for split in found] == [
        "one\na\nü\n".encode(),
        "one\nb\nü\n".encode(),
    ]
    assert read_all(form, paths, {"raw": "1"}) == "one\na\nü\none\nb\nü\n".encode()


def test_many_records_come_in_chunks(module: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    data = b"".join(b"word%d\n" % number for number in range(300_000))
    path.write_bytes(data)
    form = find_input_format(f"{module}:Words")
    (split,) = splits_of(form, [path])
    chunks = list(form.read(split, lookup, settings()))
    assert len(chunks) > 2
    assert b"".join(chunks) == data


def test_an_exception_ends_the_stream(module: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    with pytest.raises(UserCodeFailed, match="records` failed: RuntimeError: no more"):
        read_all(PythonInput(f"{module}:Failing"), [path])
    with pytest.raises(UserCodeFailed, match="splits` failed: TypeError"):
        read_all(PythonInput(f"{module}:Unsplittable"), [path])


def test_what_is_not_there_is_told(module: str) -> None:
    for name in (f"{module}:Missing", "no_such_module:Words"):
        with pytest.raises(ConfigError, match=f"`{name}` cannot be used") as refused:
            splits_of(PythonInput(name), [])
        assert refused.value.hint == "--files takes a module along"
    with pytest.raises(UserCodeFailed, match="__init__` failed: TypeError"):
        splits_of(PythonInput("builtins:memoryview"), [])


def test_output_is_the_users(module: str, tmp_path: Path) -> None:
    form = find_output_format(f"{module}:Shout")
    assert isinstance(form, PythonOutput)
    assert write(form, tmp_path / "out", [b"one\ntw", b"o"]) == ["shouted.txt"]
    assert (tmp_path / "out" / "shouted.txt").read_bytes() == b"ONE!\nTWO!\n"


def test_an_exception_ends_the_output(module: str, tmp_path: Path) -> None:
    form = PythonOutput(f"{module}:Shout")
    writer = form.open(f"file://{tmp_path}/out", lookup, settings())
    writer.write(b"fail")
    with pytest.raises(UserCodeFailed, match="write` failed: RuntimeError: told to"):
        writer.close()
    writer.abort()
    assert list((tmp_path / "out").iterdir()) == []
