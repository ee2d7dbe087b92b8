from __future__ import annotations

from xlearning.config.document import key_table
from xlearning.config.keys import KEYS


def test_every_key_stands_in_the_table() -> None:
    text = key_table()
    for name in KEYS:
        assert f"| `{name}` |" in text, name


def test_a_row_has_type_unit_default_and_other_names() -> None:
    lines = key_table().splitlines()
    assert (
        "| `xlearning.am.memory` | memory, MiB | `1024` | memory of the AM "
        "(also `hbox.driver.memory`) |"
    ) in lines
    assert any("| `bytes`, `count` | `bytes` |" in line for line in lines)
    assert all(line.count("|") == 5 for line in lines if line.startswith("|"))
