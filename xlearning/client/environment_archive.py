"""How a Python environment lies in its archive: whole, and to be started anywhere.

    bin/python, bin/python3     a launcher that knows the folder of the libraries
    bin/python3.11              the interpreter itself
    bin/*                       the environment's scripts, for this Python
    lib/native/                 shared libraries beyond glibc
    lib/python311.zip           the standard library's modules, sources and byte code,
                                where this client can compile for that version
    lib/python3.11/             its binaries; site-packages below it, file by file

Unlike our own runtime (`runtime_content`), it takes the user's variables (PYTHONPATH)
and keeps every file of the packages: what a program may ask of them is not known.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xlearning.client.own_package import walk
from xlearning.client.runtime_bytecode import byte_code
from xlearning.client.runtime_content import (
    NATIVE,
    STDLIB_LEFT_OUT,
    VERSION,
    Entry,
    left_out,
    native_libraries,
    program_loader,
)
from xlearning.client.runtime_layout import zip_of
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT_FOR_PROGRAMS = ("curses/*", "distutils/*", "lib-dynload/_curses*")
_LEFT_OUT = tuple(p for p in STDLIB_LEFT_OUT if p not in _KEPT_FOR_PROGRAMS)

LAUNCHER = """\
#!/bin/sh
# Starts the Python of this folder with its own libraries, wherever the folder is.
case $0 in
    /*) bin=${{0%/*}} ;;
    */*) bin=$PWD/${{0%/*}} ;;
    *) bin=$(command -v -- "$0"); bin=${{bin%/*}} ;;
esac
exec {loader} --library-path "$bin/../{native}" "$bin/python{version}" "$@"
"""

SITECUSTOMIZE = """\
import site
import sys

sys.executable = sys._base_executable = sys.prefix + "/bin/python"
_packages = sys.prefix + "/{packages}"
if _packages not in sys.path:
    site.addsitedir(_packages)  # Debian's Python looks for packages elsewhere
"""

SCRIPT = """\
#!/bin/sh
'''exec' "${0%/*}/python" "$0" "$@"
' '''
"""
"""How a script begins that is for the Python beside it: read by sh, then by Python."""

_DESCRIBE = """
import json, os, sys, sysconfig
base = getattr(sys, "_base_executable", None) or sys.executable
version = "%d.%d" % sys.version_info[:2]
tries = [base, os.path.join(sys.base_prefix, "bin", "python" + version)]
found = [os.path.realpath(path) for path in tries if os.path.isfile(path)]
print(json.dumps({
    "version": version,
    "programs": found,
    "stdlib": sysconfig.get_path("stdlib"),
    "platlibdir": sys.platlibdir,
    "packages": sysconfig.get_path("purelib"),
    "binaries": sysconfig.get_path("platlib"),
}))
"""
_SHEBANG = re.compile(rb"#!\s*\S*python[\d.]*[^\n]*\n|#!/bin/sh\n'''exec'.*\n' '''\n")


class Python(NamedTuple):
    """An environment's Python.

    Attributes:
        version: `3.11`.
        program: The interpreter, an ELF file.
        stdlib: The standard library's folder.
        platlibdir: `lib`, or what the distribution calls it.
        packages: Folders of the environment's packages.
    """

    version: str
    program: Path
    stdlib: Path
    platlibdir: str
    packages: tuple[Path, ...]

    @property
    def home(self) -> str:
        """The standard library's folder in the archive."""
        return f"{self.platlibdir}/python{self.version}"

    @property
    def site(self) -> str:
        """The packages' folder in the archive."""
        return f"lib/python{self.version}/site-packages"


def python_of(venv: Path) -> Python:
    """Look at a virtual environment's Python.

    Raises:
        ConfigError: It does not start, or is no program.
    """
    program = venv / "bin" / "python"
    try:
        result = subprocess.run(
            [program, "-I", "-c", _DESCRIBE], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip()
        raise ConfigError(
            f"the Python of `{venv}` does not start: {said}",
            hint="the one that it was made with may be gone: make it anew",
        ) from error
    told = json.loads(result.stdout)
    for path in map(Path, told["programs"]):
        if path.read_bytes()[:4] == b"\x7fELF":
            folders = dict.fromkeys((told["packages"], told["binaries"]))
            unique = {Path(folder).resolve(): None for folder in folders}
            return Python(
                version=told["version"],
                program=path,
                stdlib=Path(told["stdlib"]),
                platlibdir=told["platlibdir"],
                packages=tuple(unique),
            )
    raise ConfigError(f"the Python of `{venv}` is not an interpreter that can be sent")


def interpreter_entries(python: Python) -> list[Entry]:
    """Return the interpreter, its standard library and the libraries of both."""
    loader = program_loader(python.program.read_bytes())
    launcher = LAUNCHER.format(loader=loader, native=NATIVE, version=python.version)
    program = Entry(f"bin/python{python.version}", python.program, executable=True)
    files = [
        Entry(f"{python.home}/{name}", python.stdlib / name)
        for name in sorted(walk(python.stdlib))
        if not left_out(name, _LEFT_OUT)
    ]
    return sorted(
        [
            Entry("bin/python", data=launcher.encode(), executable=True),
            Entry("bin/python3", data=launcher.encode(), executable=True),
            program,
            *native_libraries([program, *files]),
            *_library(python, files),
        ]
    )


def package_entries(venv: Path, python: Python) -> list[Entry]:
    """Return the environment's packages and scripts.

    Raises:
        ConfigError: A package lies outside of the environment.
    """
    entries = {entry.name: entry for entry in _scripts(venv)}
    for folder in python.packages:
        for name in walk(folder):
            if name.startswith("__editable__"):
                raise ConfigError(
                    f"`{venv}`: a package is installed from outside of it: {name}",
                    hint="install it without `-e`, or send it with --source-dir",
                )
            entry = Entry(f"{python.site}/{name}", folder / name)
            entries.setdefault(entry.name, entry)
    return [entries[name] for name in sorted(entries)]


def _library(python: Python, files: list[Entry]) -> Iterator[Entry]:
    """Yield the standard library with its modules in the place where Python looks.

    Only byte code of this client's own version can be made here: another Python finds
    its modules as files, and keeps what it compiles beside them.
    """
    is_ours = f"python{python.version}" == VERSION
    modules: list[tuple[str, bytes]] = []
    for entry in files:
        compiles = is_ours and entry.name.endswith(".py")
        code = byte_code(entry) if compiles else None
        if code is not None:
            name = entry.name.removeprefix(f"{python.home}/")
            modules += [(f"{name}c", code), (name, entry.content())]
        if code is None or entry.name == f"{python.home}/os.py":
            yield entry
    if modules:
        archive = f"{python.platlibdir}/python{python.version.replace('.', '')}.zip"
        yield Entry(archive, data=zip_of(modules))
    site = SITECUSTOMIZE.format(packages=python.site)
    yield Entry(f"{python.home}/sitecustomize.py", data=site.encode())


def _scripts(venv: Path) -> Iterator[Entry]:
    for path in sorted((venv / "bin").iterdir()):
        name = f"bin/{path.name}"
        if path.name.startswith(("python", "activate", "Activate")):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        match = _SHEBANG.match(content)
        if match is None:
            yield Entry(name, path, executable=True)
        else:
            data = SCRIPT.encode() + content[match.end() :]
            yield Entry(name, data=data, executable=True)
