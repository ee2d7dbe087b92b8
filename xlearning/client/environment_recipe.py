"""What `--env` names: a list of requirements, or an environment that is there.

    requirements.txt (any *.txt, *.in)   what it and the files that it names ask for
    pyproject.toml                       the project's dependencies, not the project
    environment.yml                      its Python's version and its `pip:` part; all
                                         of it for conda, where it asks for more
    folder with pyvenv.cfg               taken as it is
    other folder                         the first of the three files in it

A recipe's digest is that of its words, not of what they are resolved to: the same file
gives the same environment for as long as its archive is kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT_FILES = ("pyproject.toml", "requirements.txt", "environment.yml")

_NESTED = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[ =]\s*(\S+)")
_LOCAL = re.compile(r"\s*(?:-e\s|--editable|\.{0,2}/|file:|\.\s*$)")
_CONDA_PYTHON = re.compile(r"python\s*(?:=+\s*(?P<version>[\d.]+\d)|(?P<rest>.*))\Z")
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|~=|>|<)\s*([\d.]+?)(\.\*)?\s*\Z")


class Recipe(NamedTuple):
    """What an environment is made of.

    Attributes:
        origin: The file or folder, for messages.
        venv: A virtual environment that is taken as it is, None to build one.
        requirements: Lines for the installer.
        folder: Where relative paths of the requirements are.
        python: Versions of Python that will do: `>=3.10,<3.13`, "" for any.
        words: What the digest is made of.
        conda: What only conda has, "" if pip is enough.
    """

    origin: Path
    venv: Path | None = None
    requirements: tuple[str, ...] = ()
    folder: Path = Path()
    python: str = ""
    words: bytes = b""
    conda: str = ""

    def digest(self, salt: str) -> str:
        """Return the name's part that tells this recipe from others."""
        digest = hashlib.sha256(f"{salt}\0{self.python}\0".encode())
        digest.update(self.words)
        digest.update("\n".join(self.requirements).encode())
        return digest.hexdigest()[:20]


def read_recipe(path: Path, option: str) -> Recipe:
    """Read what an environment is made of.

    Args:
        path: The absolute file or folder.
        option: Where the user named it.

    Raises:
        ConfigError: It is nothing that an environment is made of.
    """
    try:
        return _read(path, option)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{option}: cannot read `{path}`: {error}") from error


def allows(python: str, version: tuple[int, ...]) -> bool:
    """Say whether a version satisfies e.g. `>=3.10,<3.13`.

    Raises:
        ConfigError: The clauses cannot be read.
    """
    for text in filter(None, (part.strip() for part in python.split(","))):
        match = _CLAUSE.match(text)
        if match is None:
            raise ConfigError(f"`{text}` is no version of Python", hint=">=3.10,<3.13")
        if not _holds(match[1], _numbers(match[2]), bool(match[3]), version):
            return False
    return True


def _read(path: Path, option: str) -> Recipe:
    if path.is_dir():
        return _of_folder(path, option)
    if path.suffix in (".txt", ".in"):
        return _of_requirements(path)
    if path.name == "pyproject.toml":
        return _of_project(path)
    if path.suffix in (".yml", ".yaml"):
        return _of_conda(path)
    if not path.exists():
        raise ConfigError(f"{option}: `{path}` does not exist")
    raise ConfigError(
        f"{option}: `{path}` is nothing that an environment is made of",
        hint="a requirements.txt, environment.yml, pyproject.toml or a folder; an "
        "archive: --cacheArchive ARCHIVE#env --python-env env",
    )


def _of_folder(path: Path, option: str) -> Recipe:
    if (path / "pyvenv.cfg").is_file():
        return Recipe(path, venv=path, words="\n".join(_signs(path)).encode())
    if (path / "conda-meta").is_dir():
        raise ConfigError(
            f"{option}: `{path}` is an environment of conda",
            hint=f"conda-pack -p {path} -o env.tar.gz, put it on HDFS, and "
            "--cacheArchive /path/env.tar.gz#env --python-env env",
        )
    for name in PROJECT_FILES:
        if (path / name).is_file():
            return _read(path / name, option)
    raise ConfigError(
        f"{option}: the folder `{path}` is no virtual environment and holds none of "
        + ", ".join(PROJECT_FILES)
    )


def _of_requirements(path: Path) -> Recipe:
    words = b"\0".join(_contents(path, set()))
    return Recipe(path, requirements=(f"-r {path}",), folder=path.parent, words=words)


def _contents(path: Path, seen: set[Path]) -> Iterator[bytes]:
    """Yield what a requirements file says, with the files and folders that it names."""
    if path in seen:
        return
    seen.add(path)
    text = path.read_text("utf-8")
    yield "\n".join(_meaning(text)).encode()
    for line in text.splitlines():
        nested = _NESTED.match(line)
        if nested:
            yield from _contents(path.parent / nested[1], seen)
        elif _LOCAL.match(line):
            local = line.split("#")[0].split()[-1].removeprefix("file://")
            yield "\n".join(_signs(path.parent / local)).encode()


def _meaning(text: str) -> Iterator[str]:
    """Yield the lines that are no comment."""
    for line in text.splitlines():
        said = line.partition(" #")[0].strip()
        if said and not said.startswith("#") and not _NESTED.match(said):
            yield said


def _of_project(path: Path) -> Recipe:
    try:
        project = tomllib.loads(path.read_text("utf-8")).get("project", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"`{path}` is no TOML: {error}") from error
    found = tuple(str(line) for line in project.get("dependencies", ()))
    python = str(project.get("requires-python", ""))
    return Recipe(path, requirements=found, folder=path.parent, python=python)


def _of_conda(path: Path) -> Recipe:
    """Read an environment.yml; it is for pip if it needs of conda only Python."""
    import yaml

    text = path.read_text("utf-8")
    try:
        plain = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"`{path}` is no YAML: {error}") from error
    listed = plain.get("dependencies") if isinstance(plain, dict) else None
    requirements: list[str] = []
    python = ""
    for entry in listed or []:
        if isinstance(entry, dict):
            requirements += [str(line) for line in entry.get("pip", ())]
        elif str(entry).startswith("python"):
            python = _conda_version(str(entry))
        elif str(entry).partition("=")[0].strip() != "pip":
            folder = path.parent
            return Recipe(path, folder=folder, words=text.encode(), conda=str(entry))
    return Recipe(
        path, requirements=tuple(requirements), folder=path.parent, python=python
    )


def _conda_version(text: str) -> str:
    match = _CONDA_PYTHON.match(text)
    if match is None:
        raise ConfigError(f"`{text}` is no version of Python", hint="python=3.11")
    return f"=={match['version']}.*" if match["version"] else match["rest"].strip()


def _signs(path: Path) -> Iterator[str]:
    """Yield names, sizes and times of all files, which change with the content."""
    if not path.is_dir():
        status = path.stat()
        yield f"{path.name} {status.st_size} {status.st_mtime_ns}"
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", ".git"))
        for name in sorted(files):
            status = os.lstat(os.path.join(folder, name))
            place = os.path.relpath(os.path.join(folder, name), path)
            yield f"{place} {status.st_size} {status.st_mtime_ns}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _holds(
    operator: str, wanted: tuple[int, ...], prefix: bool, version: tuple[int, ...]
) -> bool:
    """Compare two versions; missing parts are 0, as PEP 440 has it."""
    if operator == "~=":
        return version >= wanted and version[: len(wanted) - 1] == wanted[:-1]
    if prefix:
        same = version[: len(wanted)] == wanted
        return same if operator == "==" else not same
    size = max(len(wanted), len(version))
    one = version + (0,) * (size - len(version))
    other = wanted + (0,) * (size - len(wanted))
    return {
        ">=": one >= other,
        "<=": one <= other,
        ">": one > other,
        "<": one < other,
        "==": one == other,
        "!=": one != other,
    }[operator]
