"""Makes a virtual environment from a recipe, with uv where it is installed, else pip.

The environment is for this client's own Python: what is built here runs on nodes of the
same architecture with a C library that is not older.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

from xlearning.client.environment_recipe import allows
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from xlearning.client.environment_recipe import Recipe

_TOLD_LINES = 12
"""Of what the installer says when it fails."""


def check_python(recipe: Recipe) -> None:
    """Refuse a recipe for another Python than this one.

    Raises:
        ConfigError: It is.
    """
    if allows(recipe.python, sys.version_info[:3]):
        return
    own = ".".join(map(str, sys.version_info[:3]))
    raise ConfigError(
        f"`{recipe.origin}` wants Python {recipe.python}, this client runs on {own}",
        hint="make a virtual environment with such a Python and name its folder: "
        "--env FOLDER",
    )


def build(recipe: Recipe, folder: Path, report: Callable[[str], None]) -> Path:
    """Return a virtual environment with what a recipe asks for.

    Args:
        recipe: What to install; one that is an environment is returned itself.
        folder: An empty folder, to build in.
        report: Told what takes long.

    Raises:
        ConfigError: Something cannot be installed; the installer's words are in it.
    """
    if recipe.venv is not None:
        return recipe.venv
    place = folder / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    if not recipe.requirements:
        return place
    listed = folder / "requirements.txt"
    listed.write_text("".join(f"{line}\n" for line in recipe.requirements), "utf-8")
    tool, command = _installer(place / "bin" / "python")
    report(f"Building the environment of {recipe.origin} with {tool}")
    run_installer([*command, "-r", str(listed)], recipe)
    return place


def run_installer(
    command: list[str], recipe: Recipe, environ: Mapping[str, str] | None = None
) -> None:
    """Run a program that installs what a recipe asks for.

    Raises:
        ConfigError: It fails; its last words are in it.
    """
    result = subprocess.run(
        command,
        cwd=recipe.folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = "\n".join(result.stdout.strip().splitlines()[-_TOLD_LINES:])
        raise ConfigError(
            f"the environment of `{recipe.origin}` cannot be built:\n{said}"
        )


def _installer(python: Path) -> tuple[str, list[str]]:
    uv = shutil.which("uv")
    if uv is not None:
        return "uv", [uv, "pip", "install", "--python", str(python)]
    quiet = ["--no-input", "--disable-pip-version-check", "--no-compile", "--quiet"]
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
        raise ConfigError(
            "an environment is built with uv or pip, and neither is there",
            hint="install uv, or pip for this Python: python -m ensurepip",
        )
    return "pip", [*pip, "--python", str(python), "install", *quiet]
