"""With a stand-in for conda's programs: no real one is tried here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.client.environment_conda import conda_tool, create
from xlearning.client.environment_recipe import Recipe, read_recipe
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NEEDS_CONDA = "dependencies: [python=3.11, cudatoolkit=11.8]\n"
SCRIPT = """\
#!/bin/sh
# Writes down how it was called, and makes what conda would.
echo "$0 $*" > "$0.called"
echo "$CONDA_ALWAYS_YES $MAMBA_ALWAYS_YES" >> "$0.called"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/bin" "$2/conda-meta"
touch "$2/conda-meta/history" "$2/bin/python3"
ln -s python3 "$2/bin/python"
"""


class StandInConda:
    """Programs of conda that note their arguments and make a small prefix.

    Attributes:
        path: A PATH with them, and without others of their name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = f"{folder}:/usr/bin:/bin"

    def install(self, name: str, script: str = SCRIPT) -> Path:
        self.folder.mkdir(exist_ok=True)
        tool = self.folder / name
        tool.write_text(script)
        tool.chmod(0o755)
        return tool


@pytest.fixture
def conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInConda:
    stand_in = StandInConda(tmp_path / "tools")
    monkeypatch.setenv("PATH", stand_in.path)
    return stand_in


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    path = tmp_path / "environment.yml"
    path.write_text(NEEDS_CONDA)
    return read_recipe(path, "--env")


@pytest.mark.parametrize(
    ("name", "verbs"),
    [
        ("micromamba", "create"),
        ("mamba", "env create"),
        ("conda", "env create"),
    ],
)
def test_each_tool_is_asked_in_its_way(
    conda: StandInConda, recipe: Recipe, tmp_path: Path, name: str, verbs: str
) -> None:
    tool = conda.install(name)
    said: list[str] = []
    place = create(recipe, tmp_path, said.append)
    assert place == tmp_path / "conda"
    called = tool.with_name(f"{name}.called").read_text().splitlines()
    assert called == [
        f"{tool} {verbs} --prefix {place} --file {recipe.origin}",
        "true true",
    ]
    assert said == [f"Building the environment of {recipe.origin} with {name}"]


def test_the_quickest_is_taken(conda: StandInConda, recipe: Recipe) -> None:
    conda.install("conda")
    tool = conda.install("micromamba")
    assert conda_tool(recipe) == str(tool)


def test_none_is_there(conda: StandInConda, recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match=r"=11\.8` comes from conda, and") as caught:
        conda_tool(recipe)
    assert "micromamba" in (caught.value.hint or "")
    assert "conda-pack" in (caught.value.hint or "")


def test_the_tools_words_are_told(
    conda: StandInConda, recipe: Recipe, tmp_path: Path
) -> None:
    conda.install("conda", "#!/bin/sh\necho PackagesNotFoundError\nexit 1\n")
    with pytest.raises(ConfigError, match="cannot be built:\nPackagesNotFoundError"):
        create(recipe, tmp_path, print)


def test_an_environment_without_python_is_refused(
    conda: StandInConda, recipe: Recipe, tmp_path: Path
) -> None:
    conda.install("conda", "#!/bin/sh\n")
    with pytest.raises(ConfigError, match="makes an environment without Python"):
        create(recipe, tmp_path, print)
