"""How a user's variables meet those that are there."""

from __future__ import annotations

import pytest

from xlearning.job.environment import joined


@pytest.mark.parametrize(
    ("name", "given", "present", "value"),
    [
        ("PATH", "/opt/bin", "/usr/bin", "/opt/bin:/usr/bin"),
        ("PATH", "/opt/bin", "", "/opt/bin"),
        ("PYTHONPATH", "", "/usr/lib", "/usr/lib"),
        ("CLASSPATH", "", "", ""),
        ("MODE", "fast", "slow", "fast"),
        ("MODE", "", "slow", ""),
    ],
)
def test_a_path_is_put_before_what_is_there_and_others_replace_it(
    name: str, given: str, present: str, value: str
) -> None:
    assert joined(name, given, present) == value
