from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xlearning import __version__
from xlearning.cli.main import run


def test_the_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    for name in ("submit", "status", "list", "stop", "logs", "clean", "cluster"):
        assert f"\n  {name}" in text


def test_nothing_shows_the_help_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: xl ")


def test_the_version_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": __version__}


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_the_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    assert capsys.readouterr().out == f"xlearning {__version__}\n"


def test_an_unknown_command_is_an_error_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["sumbit"]) == 2
    assert capsys.readouterr().err == (
        "error: unknown command `sumbit`\n\nhint: did you mean `xl submit`?\n"
    )
    assert run(["zzz"]) == 2
    assert "hint: see `xl --help`" in capsys.readouterr().err


def test_clicks_own_errors_have_our_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--bogus"]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: no such option")
    assert text.endswith("hint: see `xl --help`\n")


def test_the_help_imports_no_command_and_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from xlearning.cli.main import run\n"
        "run(['--help'])\n"
        "heavy = {'rich', 'grpc', 'pyarrow', 'requests', 'hdfs_native', 'asyncio'}\n"
        "ours = {f'xlearning.cli.{name}' for name in ('submit', 'jobs', 'cluster')}\n"
        "sys.exit(','.join((heavy | ours) & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_module_in_the_users_folder_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('the wrong one')\n")
    words = [str(Path(__file__).parents[2] / "bin" / "xl"), "--version"]
    environment = {**os.environ, "XLEARNING_PYTHON": sys.executable}
    printed = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout == f"xlearning {__version__}\n"
