"""Real virtual environments, broken in the ways in which moved ones are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.container.test_python_binary import binary
from xlearning.container.python_env import activated, find, prepare
from xlearning.errors import ConfigError

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PATH = os.environ.get("PATH", os.defpath)
BASE = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with an unpacked virtual environment in `env`."""
    venv.create(tmp_path / "env", symlinks=True)
    packages = tmp_path / "env" / "lib" / f"python{VERSION}" / "site-packages"
    (packages / "tiny.py").write_text("version = '1.0'\n")
    return tmp_path


def run(folder: Path, *words: str, link: str = "env") -> str:
    """Run a program as a trainer would be run."""
    variables = activated(folder, link)
    variables["PATH"] += f":{os.defpath}"
    result = subprocess.run(
        words, env=variables, cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    return result.stdout.strip()


def break_link(folder: Path, target: str = "/nowhere/bin/python") -> Path:
    """Let an environment's Python be a link to a place of another machine."""
    for path in (folder / "env" / "bin").glob("python*"):
        path.unlink()
    python = folder / "env" / "bin" / "python"
    python.symlink_to(target)
    return python


def test_a_whole_environment_is_used_as_it_is(folder: Path) -> None:
    prepare(folder, "env", PATH)
    code = "import tiny, sys; print(tiny.version, sys.prefix)"
    assert run(folder, "python", "-c", code) == f"1.0 {folder / 'env'}"
    assert activated(folder, "env") == {
        "PATH": f"{folder}/.xl-python/bin:{folder}/env/bin",
        "PYTHONNOUSERSITE": "1",
        "VIRTUAL_ENV": str(folder / "env"),
    }


def test_it_may_be_in_the_archives_only_folder(folder: Path) -> None:
    (folder / "outer").mkdir()
    (folder / "env").rename(folder / "outer" / "mine")
    found = find(folder / "outer", "outer")
    assert found.root == folder / "outer" / "mine"
    assert found.version == VERSION
    absolute = str(folder / "outer" / "mine")
    assert find(folder / absolute, absolute).root == folder / "outer" / "mine"


def test_conda_is_told_from_others_and_activated(folder: Path) -> None:
    (folder / "env" / "conda-meta").mkdir()
    scripts = folder / "env" / "etc" / "conda" / "activate.d"
    scripts.mkdir(parents=True)
    (scripts / "a.sh").write_text(
        'export PATH="$CONDA_PREFIX/more:$PATH"\n'
        "export PREFIX_OF_PYTHON=$(python -c 'import sys; print(sys.prefix)')\n"
    )
    prepare(folder, "env", PATH)
    root = str(folder / "env")
    assert activated(folder, "env") == {
        "PATH": f"{root}/more:{folder}/.xl-python/bin:{root}/bin",
        "PYTHONNOUSERSITE": "1",
        "CONDA_PREFIX": root,
        "CONDA_DEFAULT_ENV": root,
        "CONDA_SHLVL": "1",
        "PREFIX_OF_PYTHON": root,
    }


def test_packages_of_another_platform_are_not_lent_an_interpreter(
    folder: Path,
) -> None:
    break_link(folder)
    packages = folder / "env" / "lib" / f"python{VERSION}" / "site-packages"
    (packages / "fast.cpython-311-s390x-linux-musl.so").touch()
    with pytest.raises(ConfigError, match="are for s390x-linux-musl, this node is"):
        prepare(folder, "env", f"{BASE.parent}:{PATH}")


def test_an_interpreter_of_this_node_takes_the_place_of_a_lost_one(
    folder: Path,
) -> None:
    break_link(folder)
    prepare(folder, "env", f"{BASE.parent}:{PATH}")
    code = "import tiny, sys; print(tiny.version, sys.prefix)"
    for name in ("python", "python3", f"python{VERSION}"):
        assert run(folder, name, "-c", code) == f"1.0 {folder / '.xl-python'}"


def test_it_is_prepared_again_for_a_second_try(folder: Path) -> None:
    break_link(folder)
    prepare(folder, "env", f"{BASE.parent}:{PATH}")
    prepare(folder, "env", f"{BASE.parent}:{PATH}")


def test_no_interpreter_of_this_version(folder: Path) -> None:
    break_link(folder)
    library = folder / "env" / "lib"
    (library / f"python{VERSION}").rename(library / "python3.2")
    with pytest.raises(ConfigError, match=r"link to `/nowhere/bin/python`.*python3\.2"):
        prepare(folder, "env", PATH)
    shutil.rmtree(library)
    with pytest.raises(ConfigError, match="is a link to `/nowhere/bin/python`"):
        prepare(folder, "env", PATH)


def test_an_interpreter_of_another_version(folder: Path) -> None:
    library = folder / "env" / "lib"
    (library / f"python{VERSION}").rename(library / "python3.2")
    with pytest.raises(
        ConfigError, match=rf"is {VERSION} on this node, and .* for 3\.2"
    ):
        prepare(folder, "env", PATH)


def test_scripts_that_name_a_lost_interpreter_are_rewritten(folder: Path) -> None:
    script = folder / "env" / "bin" / "tool"
    script.write_text("#!/nowhere/bin/python3\nimport sys, tiny\nprint(sys.argv[1])\n")
    script.chmod(0o755)
    other = folder / "env" / "bin" / "other"
    other.write_text("#!/bin/sh\necho other\n")
    other.chmod(0o755)
    prepare(folder, "env", PATH)
    assert run(folder, "tool", "a b") == "a b"
    assert run(folder, "other") == "other"
    names = {path.name for path in (folder / ".xl-python" / "bin").iterdir()}
    assert names == {"tool"}


@pytest.mark.parametrize(
    ("name", "message"),
    [("none", "is no folder on this node"), ("empty", "in it: nothing")],
)
def test_there_is_none(folder: Path, name: str, message: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(ConfigError, match=message):
        prepare(folder, name, PATH)


def test_what_is_in_the_archive_is_named(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "setup.py").touch()
    with pytest.raises(ConfigError, match=r"no `bin/python` .*in it: setup\.py"):
        prepare(folder, "other", PATH)


def test_the_program_behind_a_launcher_is_for_another_machine(folder: Path) -> None:
    python = break_link(folder)
    python.unlink()
    python.write_text('#!/bin/sh\nexec "${0%/*}/python9" "$@"\n')
    python.chmod(0o755)
    program = folder / "env" / "bin" / f"python{VERSION}"
    program.write_bytes(binary(folder, 22).read_bytes())
    with pytest.raises(ConfigError, match="is for s390x, this node is"):
        prepare(folder, "env", PATH)


def test_a_python_that_does_not_start_says_why(folder: Path) -> None:
    python = break_link(folder)
    python.unlink()
    script = (
        "#!/bin/sh\necho one >&2\necho 'version `GLIBC_9.9 not found' >&2\nexit 1\n"
    )
    python.write_text(script)
    python.chmod(0o755)
    with pytest.raises(ConfigError, match=r"does not start: version `GLIBC_9\.9"):
        prepare(folder, "env", PATH)
    python.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(ConfigError, match="does not start: code 3"):
        prepare(folder, "env", PATH)
    python.chmod(0o644)
    with pytest.raises(ConfigError, match=r"does not start: .*Permission denied"):
        prepare(folder, "env", PATH)
