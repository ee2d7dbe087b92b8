"""Makes an environment from an environment.yml with micromamba, mamba or conda.

The first of them on PATH makes it below a folder of our own; it is sent whole, as
conda-pack would (`conda_activation` runs its scripts on the node). Paths that packages
have written into their files lead to where it was made: programs of conda find their
libraries beside themselves, scripts are given the interpreter that is there.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from xlearning.client.environment_build import run_installer
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.client.environment_recipe import Recipe

TOOLS = ("micromamba", "mamba", "conda")
_NO_QUESTIONS = {"CONDA_ALWAYS_YES": "true", "MAMBA_ALWAYS_YES": "true"}
"""Older conda's `env create` knows no `--yes`."""


def conda_tool(recipe: Recipe) -> str:
    """Return the path of the program that makes environments of conda.

    Raises:
        ConfigError: There is none.
    """
    for tool in TOOLS:
        path = shutil.which(tool)
        if path is not None:
            return path
    raise ConfigError(
        f"`{recipe.origin}`: `{recipe.conda}` comes from conda, and none of "
        f"{', '.join(TOOLS)} is on the PATH",
        hint="install micromamba; or name it below `pip:`; or pack the environment "
        "with conda-pack: --cacheArchive env.tar.gz#env --python-env env",
    )


def create(recipe: Recipe, folder: Path, report: Callable[[str], None]) -> Path:
    """Return the folder of a new environment.

    Args:
        recipe: What it is made of.
        folder: An empty folder, to build in.
        report: Told what takes long.

    Raises:
        ConfigError: It cannot be made; the tool's words are in it.
    """
    tool = conda_tool(recipe)
    name = os.path.basename(tool)
    place = folder / "conda"
    verbs = ["create"] if name == "micromamba" else ["env", "create"]
    command = [tool, *verbs, "--prefix", str(place), "--file", str(recipe.origin)]
    report(f"Building the environment of {recipe.origin} with {name}")
    run_installer(command, recipe, {**os.environ, **_NO_QUESTIONS})
    if not os.path.lexists(place / "bin" / "python"):
        raise ConfigError(
            f"`{recipe.origin}` makes an environment without Python",
            hint="name it among the dependencies: python=3.11",
        )
    return place
