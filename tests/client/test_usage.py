from __future__ import annotations

from xlearning.client.option_table import SECTIONS
from xlearning.client.usage import usage


def test_every_option_stands_under_its_title() -> None:
    text = usage("xl-submit")
    for title, options in SECTIONS.items():
        section = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        for option in options:
            assert f"  --{option.name}" in section


def test_a_line_has_metavar_meaning_and_default() -> None:
    lines = usage("xl submit").splitlines()
    assert (
        "  --worker-num N                workers, chief and evaluator too [1]" in lines
    )
    assert (
        "  --detach                      leave as soon as the job is accepted" in lines
    )
    assert any("not supported yet: containers of Docker" in line for line in lines)
    assert lines[0] == "Usage: xl submit [OPTIONS] [COMMAND WORD…]"


def test_it_fits_into_88_columns() -> None:
    assert max(len(line) for line in usage("xl-submit").splitlines()) <= 88
