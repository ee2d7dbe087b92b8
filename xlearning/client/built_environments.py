"""The environments of a job, built where they are missing, and sent.

The name of an archive is known before anything is built, so that an environment whose
archive is on the file system costs one look at it.
"""

from __future__ import annotations

import hashlib
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.client.archives import Archive, shared
from xlearning.client.environment_build import build, check_python
from xlearning.client.environment_conda import conda_tool, create
from xlearning.client.environment_recipe import read_recipe
from xlearning.client.local_cache import forget_old, locked
from xlearning.client.own_package import PACKAGE_ROOT
from xlearning.client.plan import RoleFile
from xlearning.job.environment import ENVIRONMENT_LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xlearning.client.environment_archive import Python
    from xlearning.client.environment_recipe import Recipe
    from xlearning.client.plan import EnvironmentSource
    from xlearning.io.storage import Storage
    from xlearning.job.spec import LocalFile

_KEPT = 5
_PACKERS = ("archive", "build", "conda")


def read_source(source: EnvironmentSource) -> Recipe:
    """Read what an environment is made of, and see that it can be built here.

    Raises:
        ConfigError: It cannot.
    """
    recipe = read_recipe(Path(source.path), source.option)
    if recipe.conda:
        conda_tool(recipe)
    else:
        check_python(recipe)
    return recipe


def send_environments(
    sources: Iterable[EnvironmentSource],
    storage: Storage,
    home_url: str,
    *,
    cache: Path,
    report: Callable[[str], None],
) -> tuple[RoleFile, ...]:
    """Return the archives of all environments, on the file system after this call.

    Args:
        sources: What they are made of, and the roles that get them.
        storage: The file system that YARN localises from.
        home_url: The user's home folder on it.
        cache: Where archives are kept on this machine.
        report: Told what takes long.

    Raises:
        ConfigError: One cannot be built.
    """
    recipes = [(source, read_source(source)) for source in sources]
    return tuple(
        RoleFile(_send(recipe, storage, home_url, cache, report), source.roles)
        for source, recipe in recipes
    )


def environment_name(recipe: Recipe) -> str:
    """Return the name of an archive: this Python's, and a digest of the recipe."""
    digest = hashlib.sha256(f"{sys.version}\0{platform.machine()}".encode())
    for packer in _PACKERS:
        path = PACKAGE_ROOT / "client" / f"environment_{packer}.py"
        digest.update(path.read_bytes())
    return f"python-{recipe.digest(digest.hexdigest())}"


def packed(
    recipe: Recipe, name: str, cache: Path, report: Callable[[str], None]
) -> Path:
    """Return the local archive, built and packed now if it is not there."""
    path = cache / f"{name}.tgz"
    if not path.exists():
        with locked(cache / ".lock"):
            if not path.exists():
                _pack(recipe, path, report)
                forget_old(cache, "*.tgz", _KEPT)
                forget_old(cache, "*.part", _KEPT)
    return path


def _send(
    recipe: Recipe,
    storage: Storage,
    home_url: str,
    cache: Path,
    report: Callable[[str], None],
) -> LocalFile:
    name = environment_name(recipe)
    archive = Archive("env", name, ENVIRONMENT_LINK)
    return shared(
        storage, home_url, archive, lambda: packed(recipe, name, cache, report), report
    )


def _pack(recipe: Recipe, path: Path, report: Callable[[str], None]) -> None:
    from xlearning.client import runtime_archive

    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="build-") as folder:
        if recipe.conda:
            place = create(recipe, Path(folder), report)
            runtime_archive.write_folder(place, path)
        else:
            _pack_venv(build(recipe, Path(folder), report), path)
    seconds = time.monotonic() - started
    size = path.stat().st_size >> 20
    report(f"Packed the environment of {recipe.origin}: {size} MiB in {seconds:.1f} s")


def _pack_venv(venv: Path, path: Path) -> None:
    """Write a virtual environment's archive, beginning with its interpreter's part."""
    from xlearning.client import environment_archive as layout
    from xlearning.client import runtime_archive

    python = layout.python_of(venv)
    own = layout.package_entries(venv, python)
    base = path.with_name(f"{_base_name(python)}.part")
    if not base.exists():
        runtime_archive.write_base(layout.interpreter_entries(python), base)
    runtime_archive.write_archive(base, own, path)


def _base_name(python: Python) -> str:
    """Name the interpreter's part, which many environments begin with."""
    status = python.program.stat()
    place = python.program, python.stdlib, python.version
    signs = f"{place}\0{status.st_size}\0{status.st_mtime_ns}"
    code = (PACKAGE_ROOT / "client" / "environment_archive.py").read_bytes()
    digest = hashlib.sha256(signs.encode() + code)
    return f"base-{digest.hexdigest()[:20]}"
