from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.client.command import command_words, shell_warnings
from xlearning.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python demo.py --a=./b", ("python", "demo.py", "--a=./b")),
        ("sh -c 'a | b && c > d'", ("sh", "-c", "a | b && c > d")),
        (r'echo "a b" c\ d', ("echo", "a b", "c d")),
        ("find . -exec rm {} \\;", ("find", ".", "-exec", "rm", "{}", ";")),
        ("grep '|' '>' \";\" x", ("grep", "|", ">", ";", "x")),
        ("echo a#b # c", ("echo", "a#b", "#", "c")),
        ("python -c 'x=1;y=2'", ("python", "-c", "x=1;y=2")),
        ("prog a=b a|b 2 x>y", ("prog", "a=b", "a|b", "2", "x>y")),
        ('python ""', ("python", "")),
    ],
)
def test_a_command_is_split_as_posix_words(text: str, words: tuple[str, ...]) -> None:
    assert command_words(text, ()) == words


def test_words_at_the_end_of_the_line_stay_as_they_are() -> None:
    words = ("python", "a b", "|", "c;")
    assert command_words("", words) == words


@pytest.mark.parametrize(
    "word", ["|", "||", "&&", "&", ";", ">", ">>", "<", "2>", "2>&1", ">out", "x;"]
)
def test_a_word_for_a_shell_is_refused_with_the_hint(word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        command_words(f"python a.py {word} b", ())
    assert f"`{word}` in the command would need a shell" in caught.value.message
    assert caught.value.hint == f"--launch-cmd \"sh -c 'python a.py {word} b'\""


def test_the_hint_is_general_where_quotes_would_be_in_the_way() -> None:
    with pytest.raises(ConfigError) as caught:
        command_words("echo 'a' | b", ())
    assert (caught.value.hint or "").startswith("write `sh -c '…'`")


@pytest.mark.parametrize("text", ["cd x", "export A=b", ". ./env.sh", "source env.sh"])
def test_a_shells_own_commands_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="would need a shell"):
        command_words(text, ())


def test_an_assignment_is_no_program() -> None:
    with pytest.raises(ConfigError, match="`A=b` is not a program"):
        command_words("A=b python x.py", ())


def test_two_commands_are_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"`demo\.py` belongs to no option") as caught:
        command_words("python", ("demo.py", "--a=b"))
    assert caught.value.hint == (
        "put the whole command in quotes: --launch-cmd 'python demo.py --a=b'"
    )


@pytest.mark.parametrize(("text", "words"), [("", ()), ("  ", ()), ("", ("",))])
def test_no_command_is_refused_in_xlearnings_words(
    text: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError, match="Invalid launch cmd for the application"):
        command_words(text, words)


def test_an_open_quote_is_told() -> None:
    with pytest.raises(ConfigError, match="cannot be read: no closing quotation"):
        command_words("python 'a", ())


def test_a_command_in_two_pairs_of_quotes_is_told() -> None:
    with pytest.raises(ConfigError, match="is quoted twice"):
        command_words('"python demo.py"', ())


def test_a_nul_is_refused() -> None:
    with pytest.raises(ConfigError, match="NUL"):
        command_words("", ("python", "a\0b"))


@pytest.mark.parametrize("word", ["$HOME/x", "${A}", "$(date)", "`date`"])
def test_a_variable_is_warned_of(word: str) -> None:
    (warning,) = shell_warnings(("python", word))
    assert "is passed on as it is" in warning


def test_a_shell_or_a_dollar_alone_is_not_warned_of() -> None:
    assert shell_warnings(("/bin/sh", "-c", "echo $HOME")) == ()
    assert shell_warnings(("python", "5$", "$5")) == ()


@given(st.lists(st.text(st.characters(exclude_characters="\0")), min_size=2))
def test_quoted_words_come_through_whole(words: list[str]) -> None:
    words = ["python", *words]
    assert command_words(shlex.join(words), ()) == tuple(words)


@given(st.text())
def test_any_command_is_read_or_refused_in_our_words(text: str) -> None:
    try:
        words = command_words(text, ())
    except ConfigError:
        return
    assert words == tuple(shlex.split(text))
