from __future__ import annotations

import subprocess
import venv
from typing import TYPE_CHECKING

import pytest

from tests.client.test_environment_build import wheel
from xlearning.client.built_environments import packed
from xlearning.client.environment_archive import (
    interpreter_entries,
    package_entries,
    python_of,
)
from xlearning.client.environment_build import build
from xlearning.client.environment_recipe import Recipe
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with one package, as it is on a node: read only."""
    folder = tmp_path_factory.mktemp("env")
    wheel(folder)
    recipe = Recipe(
        folder / "r.txt", requirements=("./tiny-1.0-py3-none-any.whl",), folder=folder
    )
    archive = packed(recipe, "name", folder / "cache", lambda _: None)
    target = folder / "a node" / "env"
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", archive, "-C", target], check=True)
    return target


def run(*command: object, env: dict[str, str] | None = None) -> str:
    result = subprocess.run(
        [str(word) for word in command],
        env=env or {},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout.strip()


def test_it_has_its_packages_and_a_whole_library(unpacked: Path) -> None:
    code = (
        "import ctypes, curses, multiprocessing, sqlite3, ssl, unittest, tiny, sys\n"
        "print(tiny.__file__, sys.executable)"
    )
    place, program = run(unpacked / "bin" / "python", "-c", code).rsplit(" ", 1)
    assert place.startswith(str(unpacked / "lib"))
    assert program.endswith("/env/bin/python")


def test_nothing_comes_from_outside_of_the_folder(unpacked: Path) -> None:
    code = "import ssl, sqlite3; print(open('/proc/self/maps').read())"
    maps = run(unpacked / "bin" / "python3", "-c", code)
    for library in ("libssl", "libpython", "libsqlite3"):
        lines = [line for line in maps.splitlines() if library in line]
        assert all(str(unpacked) in line for line in lines), lines


def test_the_users_variables_count(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("print('mine')\n")
    env = {"PYTHONPATH": str(tmp_path)}
    assert run(unpacked / "bin" / "python", "-m", "mine", env=env) == "mine"


def test_children_start_the_same_way(unpacked: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "words = [sys.executable, '-c', 'import tiny; print(tiny.version)']\n"
        "print(subprocess.check_output(words, text=True))"
    )
    assert run(unpacked / "bin" / "python", "-c", code) == "1.0"


def test_the_sources_of_the_library_can_be_read(unpacked: Path) -> None:
    code = "import inspect, textwrap; print(inspect.getsource(textwrap.dedent)[:10])"
    assert run(unpacked / "bin" / "python", "-c", code) == "def dedent"


def test_scripts_find_the_python_beside_them(unpacked: Path) -> None:
    env = {"PATH": f"{unpacked / 'bin'}:/usr/bin:/bin"}
    script = unpacked / "bin" / "tiny-tool"
    assert script.read_bytes().startswith(b"#!/bin/sh\n'''exec'")
    result = subprocess.run(["tiny-tool"], env=env, capture_output=True, text=True)
    assert result.stderr.strip() == "1.0"  # what `sys.exit` is given


def test_another_version_has_its_library_as_files(tmp_path: Path) -> None:
    python = python_of(build(Recipe(tmp_path), tmp_path, print))
    names = {entry.name for entry in interpreter_entries(python)}
    others = {
        entry.name for entry in interpreter_entries(python._replace(version="3.2"))
    }
    assert any(name.endswith(".zip") for name in names)
    assert not any(name.endswith(".zip") for name in others)
    assert f"{python.platlibdir}/python3.2/textwrap.py" in others


def test_a_package_outside_of_the_environment_is_refused(tmp_path: Path) -> None:
    place = build(Recipe(tmp_path), tmp_path, print)
    python = python_of(place)
    (python.packages[0] / "__editable__.mine.pth").write_text("/somewhere")
    with pytest.raises(ConfigError, match="installed from outside"):
        package_entries(place, python)


def test_a_python_that_is_gone_is_named(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.unlink()
    with pytest.raises(ConfigError, match="does not start"):
        python_of(tmp_path / "venv")
    python.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ConfigError, match="does not start: broken"):
        python_of(tmp_path / "venv")
    python.write_text('#!/bin/sh\necho \'{"programs": [], "version": "3.11"}\'\n')
    with pytest.raises(ConfigError, match="not an interpreter that can be sent"):
        python_of(tmp_path / "venv")
