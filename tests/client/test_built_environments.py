from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.client.test_environment_build import wheel
from tests.client.test_environment_conda import NEEDS_CONDA, StandInConda
from xlearning.client.built_environments import environment_name, send_environments
from xlearning.client.environment_recipe import read_recipe
from xlearning.client.plan import EnvironmentSource, RoleFile
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path


class Client:
    """One machine with its cache, and the user's home on the file system."""

    def __init__(self, folder: Path, cache: str = "cache") -> None:
        self.folder = folder
        self.cache = folder / cache
        self.said: list[str] = []

    def send(self, *names: str) -> tuple[RoleFile, ...]:
        sources = [
            EnvironmentSource(str(self.folder / name), "--env", (f"role{number}",))
            for number, name in enumerate(names)
        ]
        return send_environments(
            sources,
            LocalStorage(),
            f"file://{self.folder}/home",
            cache=self.cache,
            report=self.said.append,
        )

    def did(self, word: str) -> int:
        return sum(line.startswith(word) for line in self.said)


@pytest.fixture
def conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInConda:
    stand_in = StandInConda(tmp_path / "tools")
    monkeypatch.setenv("PATH", stand_in.path)
    return stand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1.0", "2.0"):
        path = wheel(tmp_path, version=version)
        (tmp_path / f"{version}.txt").write_text(f"./{path.name}\n")
    return tmp_path


def test_an_environment_is_built_and_sent_once(folder: Path) -> None:
    client = Client(folder)
    (first,) = client.send("1.0.txt")
    assert first.roles == ("role0",)
    assert first.file.link == "xl-env"
    assert first.file.size > 1 << 20
    assert (client.did("Building"), client.did("Uploading")) == (1, 1)
    assert client.send("1.0.txt") == (first,)
    assert (client.did("Building"), client.did("Uploading")) == (1, 1)
    other = Client(folder, "another machine's cache")
    assert other.send("1.0.txt") == (first,)
    assert other.said == []


def test_two_environments_lie_side_by_side(folder: Path) -> None:
    client = Client(folder)
    one, other = client.send("1.0.txt", "2.0.txt")
    assert one.file.url != other.file.url
    assert one.file.link == other.file.link
    assert (one.roles, other.roles) == (("role0",), ("role1",))
    assert len(list(client.cache.glob("*.part"))) == 1
    assert not list(client.cache.glob("build-*"))


def test_an_archive_that_is_here_is_not_built_again(folder: Path) -> None:
    client = Client(folder)
    (first,) = client.send("1.0.txt")
    LocalStorage().delete(first.file.url)
    client.send("1.0.txt")
    assert (client.did("Building"), client.did("Uploading")) == (1, 2)


def test_an_environment_of_conda_is_sent_whole(
    folder: Path, conda: StandInConda
) -> None:
    conda.install("micromamba")
    (folder / "environment.yml").write_text(NEEDS_CONDA)
    client = Client(folder)
    (sent,) = client.send("environment.yml")
    assert client.did("Building") == 1
    with tarfile.open(sent.file.url.removeprefix("file://")) as archive:
        names = set(archive.getnames())
        assert {"./bin/python", "./conda-meta/history"} <= names
        assert archive.getmember("./bin/python").linkname == "python3"
    client.send("environment.yml")
    assert client.did("Building") == 1


def test_nothing_is_sent_where_there_is_no_conda(
    folder: Path, conda: StandInConda
) -> None:
    (folder / "environment.yml").write_text(NEEDS_CONDA)
    client = Client(folder)
    with pytest.raises(ConfigError, match="comes from conda, and none of"):
        client.send("1.0.txt", "environment.yml")
    assert client.said == []


def test_nothing_is_sent_for_another_python(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nrequires-python = "<3"\n')
    client = Client(folder)
    with pytest.raises(ConfigError, match="wants Python <3"):
        client.send("1.0.txt", "pyproject.toml")
    assert client.said == []


def test_the_name_follows_the_recipe(folder: Path) -> None:
    recipe = read_recipe(folder / "1.0.txt", "--env")
    name = environment_name(recipe)
    assert name == environment_name(read_recipe(folder / "1.0.txt", "--env"))
    assert name != environment_name(read_recipe(folder / "2.0.txt", "--env"))
