from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from xlearning.client.environment_build import build, check_python
from xlearning.client.environment_recipe import Recipe
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, name: str = "tiny", version: str = "1.0") -> Path:
    """Write the smallest package that an installer takes."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"version = '{version}'\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(f"{info}/METADATA", metadata)
        wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", wheel)
        entry = f"[console_scripts]\n{name}-tool = {name}:version.upper\n"
        archive.writestr(f"{info}/entry_points.txt", entry)
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_what_is_asked_for_is_installed(tmp_path: Path) -> None:
    said: list[str] = []
    wheel(tmp_path)
    recipe = Recipe(
        tmp_path / "r.txt",
        requirements=("./tiny-1.0-py3-none-any.whl",),
        folder=tmp_path,
    )
    place = build(recipe, tmp_path, said.append)
    code = "import tiny; print(tiny.version)"
    result = subprocess.run(
        [place / "bin" / "python", "-c", code], capture_output=True, text=True
    )
    assert result.stdout == "1.0\n"
    assert said[0].startswith("Building the environment of")


def test_nothing_is_installed_where_nothing_is_asked_for(tmp_path: Path) -> None:
    said: list[str] = []
    place = build(Recipe(tmp_path), tmp_path, said.append)
    assert (place / "pyvenv.cfg").is_file()
    assert said == []


def test_an_environment_that_is_there_is_not_built(tmp_path: Path) -> None:
    recipe = Recipe(tmp_path, venv=tmp_path / "mine")
    assert build(recipe, tmp_path, print) == tmp_path / "mine"


def test_the_installers_words_are_told(tmp_path: Path) -> None:
    recipe = Recipe(tmp_path / "r.txt", requirements=("./none.whl",), folder=tmp_path)
    with pytest.raises(ConfigError, match=r"(?s)r\.txt` cannot be built:.*none\.whl"):
        build(recipe, tmp_path, lambda _: None)


def test_another_python_is_refused(tmp_path: Path) -> None:
    check_python(Recipe(tmp_path, python=">=3.11"))
    with pytest.raises(ConfigError, match=r"wants Python <3, this client runs on 3\."):
        check_python(Recipe(tmp_path, python="<3"))
