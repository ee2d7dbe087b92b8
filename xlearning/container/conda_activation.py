"""Activates an environment that conda made, as `conda activate` does.

Its variables come first: conda's own, those of `etc/conda/env_vars.d/*.json` and those
of `conda env config vars` (in `conda-meta/state`). Then the scripts of its packages,
`etc/conda/activate.d/*.sh`, are sourced in the order of their names by one shell, and
what that shell has exported in the end is what they have done. The order is that of
`conda/activate.py` (`_get_activate_scripts`, `_get_environment_env_vars`).

Two things differ from a shell of the user: the scripts do not see the variables that
the job gives to its program, which win over theirs, and what they unset stays.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.job.environment import PATH_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT_S = 60.0
"""For all scripts of an environment together."""

_SOURCE = 'for script; do . "$script" >&2; done; exec /usr/bin/env -0'
_OF_A_SHELL = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
_UNSET = "***unset***"
"""What conda writes for a variable that was set and is not any more."""


def activation(root: Path, link: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an environment's activation sets.

    Those that are joined (PATH) hold only what it adds.

    Args:
        root: The environment's folder.
        link: What it is called, for messages.
        environ: What the scripts find, PATH with the environment's `bin` included.

    Raises:
        ConfigError: A script ends its shell, or takes too long.
    """
    own = {
        "CONDA_PREFIX": str(root),
        "CONDA_DEFAULT_ENV": str(root),
        "CONDA_SHLVL": "1",
        **_declared(root, link),
    }
    scripts = sorted((root / "etc" / "conda" / "activate.d").glob("*.sh"))
    if not scripts:
        return own
    before = {**environ, **own}
    after = _sourced(scripts, link, before)
    changed = {
        name: _added(name, value, before.get(name, ""))
        for name, value in after.items()
        if name not in _OF_A_SHELL and value != before.get(name)
    }
    return own | changed


def _declared(root: Path, link: str) -> dict[str, str]:
    """Return the variables that are kept with the environment."""
    files = sorted((root / "etc" / "conda" / "env_vars.d").glob("*.json"))
    try:
        found = [json.loads(path.read_bytes()) for path in files]
        state = root / "conda-meta" / "state"
        if state.exists():
            found.append(json.loads(state.read_bytes()).get("env_vars", {}))
        pairs = [pair for each in found for pair in each.items()]
    except (AttributeError, ValueError) as error:
        raise ConfigError(
            f"the variables of `{link}` cannot be read: {error}",
            hint="etc/conda/env_vars.d/*.json and conda-meta/state hold them",
        ) from error
    return {str(name): str(value) for name, value in pairs if value != _UNSET}


def _sourced(
    scripts: list[Path], link: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return what a shell has exported that has sourced some scripts.

    Scripts of conda's compilers are for bash; conda's own need only a POSIX shell.
    """
    shell = shutil.which("bash") or "/bin/sh"
    names = ", ".join(script.name for script in scripts)
    try:
        done = subprocess.run(
            [shell, "-c", _SOURCE, shell, *scripts],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(environ),
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"activating `{link}` took more than {TIMEOUT_S:.0f} s: {names}"
        ) from error
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        told = said[-1] if said else f"code {done.returncode}"
        raise ConfigError(f"a script that activates `{link}` fails ({names}): {told}")
    entries = done.stdout.decode(errors="surrogateescape").split("\0")
    pairs = (entry.partition("=") for entry in entries if entry)
    return {name: value for name, _, value in pairs}


def _added(name: str, value: str, before: str) -> str:
    if name not in PATH_VARIABLES:
        return value
    known = before.split(":")
    return ":".join(part for part in value.split(":") if part not in known)
