from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from xlearning.client.environment_recipe import Recipe, allows, read_recipe
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def digest(path: Path) -> str:
    return read_recipe(path, "--env").digest("salt")


def test_requirements_are_handed_on_as_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "r.txt", "numpy==1.26.4\n")
    recipe = read_recipe(path, "--env")
    assert recipe.requirements == (f"-r {path}",)
    assert recipe.folder == tmp_path
    assert recipe.venv is None


def test_the_digest_follows_what_is_said_and_not_where(tmp_path: Path) -> None:
    text = "# why\nnumpy  # this\n-r more/b.txt\n"
    one = write(tmp_path, "one/r.txt", text)
    other = write(tmp_path, "other/r.txt", "numpy\n-r more/b.txt\n")
    write(tmp_path, "one/more/b.txt", "click\n")
    nested = write(tmp_path, "other/more/b.txt", "click\n")
    recipes = [read_recipe(path, "--env") for path in (one, other)]
    assert recipes[0].words == recipes[1].words
    nested.write_text("click>8\n")
    assert read_recipe(other, "--env").words != recipes[1].words
    assert recipes[0].digest("a") != recipes[0].digest("b")


def test_a_file_that_names_itself_ends(tmp_path: Path) -> None:
    assert digest(write(tmp_path, "r.txt", "-r r.txt\nclick\n"))


def test_a_local_package_that_changes_changes_the_digest(tmp_path: Path) -> None:
    path = write(tmp_path, "r.txt", "./mine\n")
    source = write(tmp_path, "mine/setup.py", "1")
    before = digest(path)
    source.write_text("22")
    assert digest(path) != before
    wheel = write(tmp_path, "w.whl", "1")
    path = write(tmp_path, "s.txt", "-e ./w.whl\n")
    before = digest(path)
    wheel.write_text("22")
    assert digest(path) != before


def test_a_projects_dependencies(tmp_path: Path) -> None:
    text = '[project]\ndependencies = ["click", "numpy<2"]\nrequires-python = ">=3.11"'
    recipe = read_recipe(write(tmp_path, "pyproject.toml", text), "--env")
    assert recipe.requirements == ("click", "numpy<2")
    assert recipe.python == ">=3.11"
    assert read_recipe(tmp_path, "--env") == recipe


def test_an_environment_of_conda_that_needs_only_pip(tmp_path: Path) -> None:
    text = "dependencies: [python=3.11, pip, {pip: [click, numpy]}]"
    recipe = read_recipe(write(tmp_path, "environment.yml", text), "--env")
    assert recipe.requirements == ("click", "numpy")
    assert recipe.python == "==3.11.*"
    text = "dependencies: ['python>=3.10']"
    recipe = read_recipe(write(tmp_path, "environment.yml", text), "--env")
    assert (recipe.requirements, recipe.python) == ((), ">=3.10")


def test_an_environment_that_needs_conda(tmp_path: Path) -> None:
    text = "dependencies: [python=3.11, {pip: [click]}, cudatoolkit=11.8]"
    path = write(tmp_path, "environment.yml", text)
    recipe = read_recipe(path, "--env")
    assert recipe == Recipe(
        path, folder=tmp_path, words=text.encode(), conda="cudatoolkit=11.8"
    )
    path.write_text(f"channels: [conda-forge]\n{text}")
    assert digest(path) != recipe.digest("salt")


def test_a_virtual_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "pyvenv.cfg", "")
    write(tmp_path, "requirements.txt", "click")
    module = write(tmp_path, "lib/a.py", "1")
    write(tmp_path, "lib/__pycache__/a.pyc", "1")
    recipe = read_recipe(tmp_path, "--env")
    assert recipe.venv == tmp_path
    os.utime(module, (1, 1))
    assert read_recipe(tmp_path, "--env").digest("") != recipe.digest("")
    assert b"pycache" not in recipe.words


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "[", "is no TOML"),
        ("environment.yml", "a: [", "is no YAML"),
        ("environment.yml", "dependencies: [python=x y]", "no version of Python"),
        ("env.tgz", "", "nothing that an environment is made of"),
        ("r.txt", "-r nowhere.txt", "nowhere.txt"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(ConfigError, match=message):
        allows(read_recipe(path, "--env").python, (3, 11))


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no virtual environment"):
        read_recipe(tmp_path, "--env")
    (tmp_path / "conda-meta").mkdir()
    with pytest.raises(ConfigError, match="environment of conda") as caught:
        read_recipe(tmp_path, "--env")
    assert "conda-pack" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="none` does not exist"):
        read_recipe(tmp_path / "none", "--env")


@pytest.mark.parametrize(
    ("python", "allowed"),
    [
        ("", True),
        (">=3.10", True),
        (">=3.10,<3.11", False),
        ("<=3.11.7", True),
        (">3.11.7", False),
        ("==3.11.*", True),
        ("!=3.11.*", False),
        ("==3.11", False),
        ("!=3.11", True),
        ("~=3.10", True),
        ("~=3.10.2", False),
    ],
)
def test_versions_of_python(python: str, allowed: bool) -> None:
    assert allows(python, (3, 11, 7)) is allowed


def test_the_parts_of_a_digest_are_told_apart(tmp_path: Path) -> None:
    one = Recipe(tmp_path, requirements=("a",), python="b")
    assert one.digest("") != one._replace(python="c").digest("")
    assert one.digest("") != one._replace(requirements=("b",)).digest("")
