"""YARN's markers and the order of variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.hadoop.launch_context import environment_value
from xlearning.local.node.expansion import expand, ordered, referenced


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{JAVA_HOME}}/bin/java", "$JAVA_HOME/bin/java"),
        ("a<CPS>b", "a:b"),
        ("1><LOG_DIR>/stdout", "1>/logs/stdout"),
        ("x<ADD_OPENS>y", "xy"),
        ('{"a":{"b":1}}', '{"a":{"b":1'),
    ],
)
def test_markers(text: str, result: str) -> None:
    assert expand(text, "/logs") == result


@given(st.text())
def test_what_was_quoted_has_no_marker(text: str) -> None:
    quoted = environment_value(text)
    assert expand(quoted, "/logs") == quoted


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("$A-${B}${#C}", {"A", "B", "C"}),
        (r"\$A $ ${ $1 \\$B", {"B"}),
        ("'$A'", {"A"}),
        ("""x"'$A'"$B""", {"B"}),
        ("""x"'$A\\'$C""", set()),
        ("", set()),
    ],
)
def test_references(value: str, names: set[str]) -> None:
    assert referenced(value) == names


def test_a_variable_stands_behind_what_it_refers_to() -> None:
    given_order = {"Z": "$A-${B}", "X": "/x:$X", "A": "1$USER", "B": "$A"}
    assert list(ordered(given_order)) == ["A", "B", "Z", "X"]
    assert ordered(given_order) == given_order


def test_a_circle_keeps_the_first_first() -> None:
    assert list(ordered({"A": "$B", "B": "$A"})) == ["B", "A"]
