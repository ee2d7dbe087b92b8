from __future__ import annotations

import pytest

from tests.run_frameworks.pythons import bin_folder
from tests.run_frameworks.row import NotRun


def test_a_python_that_cannot_be_had_is_no_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NotRun, match="error: no framework is called `nothing`"):
        bin_folder("nothing")
    assert "no framework is called" in capsys.readouterr().err
