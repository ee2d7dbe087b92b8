"""Activates the Python environment of a task, after it was seen to work on this node.

Three layouts are known by what is in them: our own and conda-pack's bring their
interpreter along; those of venv-pack and uv hold a link to the one that they were made
with. Where that link leads nowhere, an interpreter of the same version on this node
takes its place. An unpacked archive is shared by all containers of a node: what has to
be different here is put into a folder of this container, which comes first on PATH.
conda's are activated (`conda_activation`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from xlearning.container.conda_activation import activation
from xlearning.container.python_binary import check_binary, check_packages, start_of
from xlearning.errors import ConfigError
from xlearning.job.environment import joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OVERLAY = ".xl-python"
"""Folder in the working directory with what is different here."""
ACTIVATION = "activation.json"
"""File in it with the variables that an environment's activation has set."""
START_TIMEOUT_S = 120.0
"""The first start of a Python on a node reads hundreds of files from a cold disk."""
PLACES = ("/usr/local/bin", "/usr/bin", "/bin")
"""Where an interpreter is looked for beside PATH."""

_SHEBANG = re.compile(rb"#!\s*(/\S*python[\d.]*)[^\n]*\n")
_SCRIPT = "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n"


class Environment(NamedTuple):
    """A Python environment on this node.

    Attributes:
        root: Its folder: the one with `bin`.
        version: `3.11`, "" when nothing in it tells.
        is_conda: Whether conda made it.
        python: The interpreter as the environment names it.
    """

    root: Path
    version: str
    is_conda: bool
    python: Path

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return self.root / "lib" / f"python{self.version}" / "site-packages"


def prepare(folder: Path, link: str, search: str) -> None:
    """See to it that an environment's Python starts here.

    Args:
        folder: The container's working directory.
        link: The environment: a folder in it, or an absolute one.
        search: PATH, to look for an interpreter.

    Raises:
        ConfigError: It does not, with the reason.
        OSError: The folder of this container cannot be written.
    """
    found = find(folder / link, link)
    overlay = folder / OVERLAY
    (overlay / "bin").mkdir(parents=True, exist_ok=True)
    python = found.python
    if not python.exists():
        python = _borrowed(found, overlay, link, search)
        check_packages(found.packages, link)
    for program in (python, found.root / "bin" / f"python{found.version}"):
        if program.exists():  # ours is a script that starts the second
            check_binary(program.resolve(), link)
    _check_version(python, found, link)
    _rewrite_scripts(found.root, overlay / "bin", python)
    if found.is_conda:
        environ = _clean(os.environ) | {"PATH": f"{_first(folder, found)}:{search}"}
        variables = activation(found.root, link, environ)
        (overlay / ACTIVATION).write_text(json.dumps(variables), encoding="ascii")


def activated(folder: Path, link: str) -> dict[str, str]:
    """Return the variables of an environment that `prepare` has seen to.

    Those that are joined (PATH) hold only what comes first.
    """
    found = find(folder / link, link)
    variables = {"PYTHONNOUSERSITE": "1"}
    if found.is_conda:
        text = (folder / OVERLAY / ACTIVATION).read_text(encoding="ascii")
        variables |= json.loads(text)
    else:
        variables["VIRTUAL_ENV"] = str(found.root)
    first = _first(folder, found)
    variables["PATH"] = joined("PATH", variables.get("PATH", ""), first)
    return variables


def _first(folder: Path, found: Environment) -> str:
    """Return what comes first on PATH."""
    return f"{folder / OVERLAY / 'bin'}:{found.root / 'bin'}"


def find(folder: Path, link: str) -> Environment:
    """Find the environment in an unpacked archive: there, or in its only folder.

    Raises:
        ConfigError: There is none.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"the Python environment `{link}` is no folder on this node",
            hint="only .zip, .tar, .tar.gz and .tgz are unpacked by YARN",
        )
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    for root in (folder, *inside):
        python = root / "bin" / "python"
        if os.path.lexists(python):
            return Environment(
                root, _version(root), (root / "conda-meta").is_dir(), python
            )
    names = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
    raise ConfigError(
        f"there is no `bin/python` in the Python environment `{link}`; in it: {names}"
    )


def _version(root: Path) -> str:
    """Tell the version by the packages' folder, or by what made the environment."""
    for pattern in ("lib/python3.*/site-packages", "lib/python3.*"):
        for path in sorted(root.glob(pattern)):
            match = re.search(r"/lib/python(3\.\d+)", str(path))
            if match and path.is_dir():
                return match[1]
    return ""


def _borrowed(found: Environment, overlay: Path, link: str, search: str) -> Path:
    """Make an environment beside the packed one, with an interpreter of this node.

    Python finds an environment by a `pyvenv.cfg` beside the path that it is started by.
    """
    target = os.path.realpath(found.python)
    name = f"python{found.version}"
    path = shutil.which(name, path=":".join((search, *PLACES)))
    if path is None or not found.version:
        raise ConfigError(
            f"the Python of `{link}` is a link to `{target}`, which is not on this "
            f"node, and there is no `{name}` on its PATH",
            hint="pack the environment with its interpreter: --env, or conda-pack",
        )
    for alias in ("python", "python3", name):
        place = overlay / "bin" / alias
        if not os.path.lexists(place):
            place.symlink_to(path)
    home = os.path.dirname(os.path.realpath(path))
    (overlay / "pyvenv.cfg").write_text(f"home = {home}\n", encoding="utf-8")
    if not os.path.lexists(overlay / "lib"):
        (overlay / "lib").symlink_to((found.root / "lib").resolve())
    return overlay / "bin" / "python"


def _check_version(python: Path, found: Environment, link: str) -> None:
    said = _said_version(python, link)
    if found.version and said != found.version:
        raise ConfigError(
            f"the Python of `{link}` is {said} on this node, and its packages are for "
            f"{found.version}",
            hint="pack the environment with its interpreter: --env, or conda-pack",
        )


def _said_version(python: Path, link: str) -> str:
    """Start a Python and return its version.

    Raises:
        ConfigError: It does not start; the last line that it said is told.
    """
    code = "import encodings, os, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run(
            [python, "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_clean(os.environ),
            text=True,
            errors="replace",
            timeout=START_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"the Python of `{link}` does not start: {error}") from error
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or [f"code {result.returncode}"]
        raise ConfigError(f"the Python of `{link}` does not start: {lines[-1]}")
    return result.stdout.strip()


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    ours = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH")
    return {name: value for name, value in environ.items() if name not in ours}


def _rewrite_scripts(root: Path, folder: Path, python: Path) -> None:
    """Copy the scripts whose first line names an interpreter that is not here."""
    for path in (root / "bin").iterdir():
        place = folder / path.name
        if path.is_symlink() or not path.is_file() or place.exists():
            continue
        start = start_of(path)
        match = _SHEBANG.match(start)
        if match and not os.path.exists(os.fsdecode(match[1])):
            content = path.read_bytes()[match.end() :]
            place.write_bytes(_SCRIPT.format(python=python).encode() + content)
            place.chmod(0o755)
