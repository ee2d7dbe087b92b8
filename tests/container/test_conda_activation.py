from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from xlearning.container import conda_activation
from xlearning.container.conda_activation import activation
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

PATH = os.environ.get("PATH", os.defpath)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def script(root: Path, name: str, text: str) -> None:
    write(root / "etc" / "conda" / "activate.d" / name, text)


def activated(root: Path, **environ: str) -> dict[str, str]:
    """Return what is set beside conda's own."""
    found = activation(root, "env", {"PATH": PATH, **environ})
    own = {"CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL"}
    assert own <= found.keys()
    return {name: value for name, value in found.items() if name not in own}


def test_condas_own_variables(tmp_path: Path) -> None:
    assert activation(tmp_path, "env", {}) == {
        "CONDA_PREFIX": str(tmp_path),
        "CONDA_DEFAULT_ENV": str(tmp_path),
        "CONDA_SHLVL": "1",
    }


def test_scripts_run_in_the_order_of_their_names_in_one_shell(tmp_path: Path) -> None:
    script(tmp_path, "20-b.sh", 'export SAID="$SAID b $CONDA_PREFIX"; unset GIVEN\n')
    script(tmp_path, "10-a.sh", 'SAID="$GIVEN a"; echo noise; local_only=1; false\n')
    script(tmp_path, "15-a.fish", "set -gx NEVER 1\n")
    assert activated(tmp_path, GIVEN="given") == {"SAID": f"given a b {tmp_path}"}


def test_what_is_joined_holds_what_is_added(tmp_path: Path) -> None:
    script(
        tmp_path,
        "a.sh",
        'export PATH="/first:$PATH:/last" LD_LIBRARY_PATH=/lib64 PYTHONPATH=/mine\n',
    )
    assert activated(tmp_path, PYTHONPATH="/mine") == {
        "PATH": "/first:/last",
        "LD_LIBRARY_PATH": "/lib64",
    }


def test_lines_and_bytes_are_kept(tmp_path: Path) -> None:
    script(tmp_path, "a.sh", "export TWO='a\nb' ODD=$(printf '\\377')\n")
    assert activated(tmp_path) == {"TWO": "a\nb", "ODD": "\udcff"}


def test_variables_that_are_kept_with_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "conda" / "env_vars.d"
    write(folder / "b.json", json.dumps({"BOTH": "b", "B": "1"}))
    write(folder / "a.json", json.dumps({"BOTH": "a"}))
    state = {"version": 1, "env_vars": {"USERS": "2", "GONE": "***unset***"}}
    write(tmp_path / "conda-meta" / "state", json.dumps(state))
    script(tmp_path, "a.sh", "export SUM=$USERS$BOTH\n")
    assert activated(tmp_path) == {"BOTH": "b", "B": "1", "USERS": "2", "SUM": "2b"}


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_variables_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    write(tmp_path / "conda-meta" / "state", text)
    with pytest.raises(ConfigError, match="the variables of `env` cannot be read"):
        activation(tmp_path, "env", {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo no compiler >&2; exit 3", r"fails \(a\.sh\): no compiler"),
        ("exit 3", r"fails \(a\.sh\): code 3"),
        ("exit", r"fails \(a\.sh\): code 0"),
    ],
)
def test_a_script_that_ends_its_shell_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    script(tmp_path, "a.sh", f"{text}\n")
    with pytest.raises(ConfigError, match=said):
        activation(tmp_path, "env", {"PATH": PATH})


def test_a_script_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conda_activation, "TIMEOUT_S", 0.1)
    script(tmp_path, "a.sh", "exec sleep 60\n")
    with pytest.raises(ConfigError, match=r"took more than 0 s: a\.sh"):
        activation(tmp_path, "env", {"PATH": PATH})
