from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.cli.main import run
from xlearning.client.job_file import schema

if TYPE_CHECKING:
    import pytest


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert capsys.readouterr().out == schema()
