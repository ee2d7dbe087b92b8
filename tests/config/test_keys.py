from __future__ import annotations

import ast
from pathlib import Path

import pytest

import xlearning
from xlearning.config.key import Key, KeyStatus, KeyType
from xlearning.config.keys import (
    KEYS,
    canonical_name,
    did_you_mean,
    is_environment,
    parse_value,
)
from xlearning.config.keys_data import DATA_KEYS
from xlearning.config.keys_job import JOB_KEYS
from xlearning.errors import ConfigError

SOURCES = Path(xlearning.__file__).parent
PATTERNS = {"xlearning.am.env.<NAME>", "xlearning.container.env.<NAME>"}


def strings_outside_the_tables() -> set[str]:
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        if path.parent.name == "config" or path.name == "option_table.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found |= spelt_out(node)
    return found


def spelt_out(node: ast.JoinedStr) -> set[str]:
    """Return what `f"xlearning.{group}.memory"` is for the two groups there are."""
    return {
        "".join(
            str(part.value) if isinstance(part, ast.Constant) else group
            for part in node.values
        )
        for group in ("worker", "ps")
    }


def test_every_key_is_read_somewhere_or_is_on_the_list_of_those_that_are_not() -> None:
    read = {
        key.name
        for key in KEYS.values()
        if key.status is KeyStatus.READ and len(key.choices) != 1
    }
    assert read - strings_outside_the_tables() - PATTERNS == set()


def test_no_key_stands_twice() -> None:
    names = [key.name for key in (*JOB_KEYS, *DATA_KEYS)]
    aliases = [alias for key in KEYS.values() for alias in key.aliases]
    assert len(names) == len(set(names))
    assert len(aliases) == len(set(aliases))
    assert not set(names) & set(aliases)


def test_every_default_is_a_value_of_its_type() -> None:
    for key in KEYS.values():
        if key.default is None:
            continue
        text = str(key.default)
        value = parse_value(key, text, "here")
        assert value == key.default, key.name


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("xlearning.worker.num", "xlearning.worker.num"),
        ("hbox.worker.num", "xlearning.worker.num"),
        ("hbox.worker.gpus", "xlearning.worker.gcores"),
        ("xlearning.worker.gpus", "xlearning.worker.gcores"),
        ("hbox.driver.memory", "xlearning.am.memory"),
        ("xlearning.am.nodeLabelException", "xlearning.am.nodeLabelExpression"),
        ("hbox.container.env", "xlearning.container.extraEnv"),
        ("hbox.container.env.A_1", "xlearning.container.env.A_1"),
        ("xlearning.am.env.PATH", "xlearning.am.env.PATH"),
        ("mapreduce.job.queuename", None),
        ("dfs.replication", None),
        ("plain", None),
    ],
)
def test_names_find_their_row(written: str, expected: str | None) -> None:
    assert canonical_name(written, "here") == expected


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("xlearning.worker.nums", "did you mean `xlearning.worker.num`?"),
        ("hbox.worker.memry", "did you mean `xlearning.worker.memory`?"),
        ("xlearing.worker.num", "did you mean `xlearning.worker.num`?"),
        ("xlearning.zzzzzzzz", "all keys: `python -m xlearning.config`"),
    ],
)
def test_unknown_names_are_refused(written: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown key `{written}` in here") as caught:
        canonical_name(written, "here")
    assert (caught.value.hint or "").startswith(hint.removesuffix("?"))


def test_a_variable_needs_a_name_that_a_shell_takes() -> None:
    assert is_environment("xlearning.container.env.A")
    assert not is_environment("xlearning.container.type")
    with pytest.raises(ConfigError, match=r"`A\.B` in the key"):
        is_environment("xlearning.container.env.A.B")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("xlearning.worker.memory", "2G", 2048),
        ("xlearning.worker.memory", " 512 ", 512),
        ("xlearning.worker.num", "3", 3),
        ("xlearning.worker.num", "", 1),
        ("xlearning.output.index", "-1", -1),
        ("xlearning.tf.evaluator", "TRUE", True),
        ("xlearning.container.maxFailures.rate", "0.25", 0.25),
        ("xlearning.app.priority", "high", 4),
        ("xlearning.app.priority", "7", 7),
        ("xlearning.input.strategy", "download", "DOWNLOAD"),
        ("xlearning.output.layout", "TASK", "task"),
        ("xlearning.container.type", "YARN", "YARN"),
    ],
)
def test_values_are_read(name: str, text: str, value: object) -> None:
    assert parse_value(KEYS[name], text, "here") == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("xlearning.worker.memory", "2GB", "here: `2GB` is not an amount of memory"),
        ("xlearning.worker.memory", "0", "here: 0 is less than 1"),
        ("xlearning.worker.num", "two", "here: `two` is not a whole number"),
        ("xlearning.worker.num", "1.5", "here: `1.5` is not a whole number"),
        ("xlearning.worker.num", "0", "here: 0 is less than 1"),
        ("xlearning.worker.num", "1_0", "here: `1_0` is not a whole number"),
        ("xlearning.output.index", "-2", "here: -2 is less than -1"),
        ("xlearning.tf.evaluator", "yes", "here: `yes` is not true or false"),
        ("xlearning.container.maxFailures.rate", "x", "here: `x` is not a number"),
        ("xlearning.app.priority", "urgent", "here: `urgent` is not a priority"),
        ("xlearning.app.priority", "-1", "here: `-1` is not a priority"),
        ("xlearning.input.strategy", "other", "here: `other` is not one of the words"),
        ("xlearning.container.type", "docker", "not supported yet: containers of"),
        ("xlearning.docker.image", "a/b", "not supported yet"),
        ("xlearning.task.timeout", "5s", "is not a whole number of milliseconds"),
    ],
)
def test_other_values_are_refused(name: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_value(KEYS[name], text, "here")
    assert words in caught.value.message


def test_a_number_that_is_none_is_refused() -> None:
    key = KEYS["xlearning.container.maxFailures.rate"]
    for text in ("nan", "inf"):
        with pytest.raises(ConfigError):
            parse_value(key, text, "here")


def test_the_nearest_words() -> None:
    assert did_you_mean("wrker", ["worker", "ps"]) == "did you mean `worker`?"
    assert did_you_mean("zzz", ["worker"]) is None


def test_no_type_is_left_out() -> None:
    for kind in KeyType:
        key = Key(name="k", doc="", type=kind, choices=("1",))
        parse_value(key, "true" if kind is KeyType.BOOLEAN else "1", "here")
