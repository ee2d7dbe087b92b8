"""`xl frameworks`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xlearning.cli.main import run
from xlearning.frameworks.registry import OWN_TYPES

if TYPE_CHECKING:
    import pytest


def test_each_type_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frameworks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} >= OWN_TYPES.keys()
    [line] = [line for line in lines if line.startswith("TENSORFLOW")]
    assert "chief worker evaluator ps" in line


def test_one_type_with_roles_and_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frameworks", "pytorch"]) == 0
    text = capsys.readouterr().out
    assert "  worker  runs one rank" in text
    assert "  MASTER_ADDR " in text
    assert "Takes --nproc-per-container." in text
    assert run(["frameworks", "xlearning"]) == 0
    assert "  any other  as declared with --role" in capsys.readouterr().out


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frameworks", "jax", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["JAX"]["roles"].keys() == {"worker"}
    assert "JAX_PROCESS_ID" in found["JAX"]["variables"]
    assert found["JAX"]["several_processes"] is True


def test_a_type_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frameworks", "caffe"]) == 2
    text = capsys.readouterr().err
    assert "no application type is called `CAFFE`" in text
    assert "any other word is like XLEARNING" in text
