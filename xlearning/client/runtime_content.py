"""What goes into the runtime archive, and what is left out.

Decides which files of this Python, of our dependencies and of ourselves are needed on
a node, and where they lie in the archive:

    bin/python              a launcher; takes nothing from the environment
    bin/python3.11          the interpreter itself
    lib/native/             shared libraries beyond glibc
    lib/python311.zip       the standard library's modules
    lib/python3.11/         its binaries, site-packages below it
    lib/packages.zip        packages of nothing but modules

Virtual environments and pyenv's shims are seen through. Names and hashes are the
matter of `runtime`, the layout that of `runtime_layout`, compression that of
`runtime_archive`.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.client.own_package import PACKAGE_ROOT, node_files, walk
from xlearning.errors import ConfigError
from xlearning.frameworks.registry import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
STDLIB = f"{sys.platlibdir}/{VERSION}"
SITE_PACKAGES = f"lib/{VERSION}/site-packages"
NATIVE = "lib/native"
PACKAGES_ZIP = "lib/packages.zip"

STDLIB_LEFT_OUT = (
    "site-packages/*",
    "dist-packages/*",
    "config-*",
    "test/*",
    "*/test/*",
    "*/tests/*",
    "distutils/*",
    "ensurepip/*",
    "idlelib/*",
    "lib2to3/*",
    "pydoc_data/*",
    "tkinter/*",
    "turtle.py",
    "turtledemo/*",
    "sitecustomize.py",
    "usercustomize.py",
    "curses/*",
    # Of these, some would bring the edge node's Kerberos or terminal libraries along.
    "lib-dynload/_curses*",
    "lib-dynload/_tkinter.*",
    "lib-dynload/nis.*",
    "lib-dynload/ossaudiodev.*",
    "lib-dynload/readline.*",
    "lib-dynload/_test*",
    "lib-dynload/_xxtest*",
    "lib-dynload/_ctypes_test.*",
    "lib-dynload/xxlimited*",
)
"""Of the standard library, relative to its folder."""

CLIENT_ONLY = frozenset(
    {
        *("rich", "pygments", "markdown-it-py", "mdurl", "pycparser", "fsspec"),
        *("pathspec", "pyyaml"),
    }
)
"""Dependencies that nothing on a node imports: they draw, or build other packages."""

PACKAGES_LEFT_OUT = (
    "*/tests/*",
    "*/__pycache__/*",
    "*/py.typed",
    "*.pyx",
    "*.pxd",
    "*.pxi",
    "*.pyi",
    "google/protobuf/*.proto",
    "grpc_tools/*",
    "urllib3/contrib/emscripten/*",
    "pyarrow/include/*",
    "pyarrow/includes/*",
    "pyarrow/src/*",
    # Each of the three names of this library is a whole copy; one is linked against.
    "pyarrow/libarrow_python.so",
    "pyarrow/libarrow_python.so.*.*.*",
    "pyarrow/_flight.*",
    "pyarrow/libarrow_flight.so*",
    "pyarrow/libarrow_python_flight.so*",
    "pyarrow/_gandiva.*",
    "pyarrow/libgandiva.so*",
    "pyarrow/_substrait.*",
)
"""Of installed packages, relative to site-packages (`libarrow_substrait` stays: the
core of pyarrow is linked against it)."""

GLIBC = frozenset(
    {
        *("ld-linux", "ld-musl", "libc", "libm", "libdl", "libpthread", "librt"),
        *("libutil", "libresolv", "libnsl", "libanl", "libBrokenLocale"),
        *("libthread_db", "libnss_files", "libnss_dns", "linux-vdso", "linux-gate"),
    }
)
"""What every node has, and has to have from its own libc."""

_METADATA_KEPT = ("/METADATA", "/entry_points.txt")

LAUNCHER = """\
#!/bin/sh
# Starts the Python of this folder with its own libraries. The loader is given their
# folder directly: nothing is put into the environment and nothing is taken from it.
case $0 in
    /*) bin=${{0%/*}} ;;
    */*) bin=$PWD/${{0%/*}} ;;
    *) bin=$(command -v -- "$0"); bin=${{bin%/*}} ;;
esac
exec {loader} --library-path "$bin/../{native}" "$bin/{version}" -I -X utf8 "$@"
"""

SITECUSTOMIZE = """\
\"\"\"Makes children of this Python start the way it was started itself.\"\"\"
import os
import sys

sys.executable = sys._base_executable = sys.prefix + "/bin/python"
_packages = sys.prefix + "/{site_packages}"
if _packages not in sys.path:
    sys.path.append(_packages)
sys.path.append(sys.prefix + "/{packages_zip}")
with open("/proc/self/environ", "rb") as _file:
    _environ = b"\\0" + _file.read()
if b"\\0LC_CTYPE=" not in _environ:
    os.environ.pop("LC_CTYPE", None)  # PEP 538 put it there, for us alone
"""


@dataclass(frozen=True, order=True)
class Entry:
    """One file of the archive.

    Attributes:
        name: Its path in the archive.
        source: Where its content is, None when `data` is the content.
        data: The content of a file that exists nowhere else.
        executable: Whether it may be executed.
    """

    name: str
    source: Path | None = None
    data: bytes = b""
    executable: bool = False

    def content(self) -> bytes:
        """Return the file's bytes."""
        return self.data if self.source is None else self.source.read_bytes()


@dataclass(frozen=True)
class Package:
    """One installed distribution.

    Attributes:
        name: As it is called in a package index.
        entries: Its files.
    """

    name: str
    entries: tuple[Entry, ...]

    @property
    def is_pure(self) -> bool:
        """Whether it is nothing but modules."""
        return all(
            entry.name.endswith(".py") or ".dist-info/" in entry.name
            for entry in self.entries
        )


def standard_library() -> list[Entry]:
    """Return the standard library's files."""
    root = Path(sysconfig.get_path("stdlib"))
    return [
        Entry(f"{STDLIB}/{name}", root / name)
        for name in sorted(walk(root))
        if not left_out(name, STDLIB_LEFT_OUT)
    ]


def packages() -> list[Package]:
    """Return the installed packages that a node needs, by name."""
    return [
        Package(each.name, tuple(sorted(_distribution_entries(each))))
        for each in dependencies()
        if normal_name(each.name) not in CLIENT_ONLY
    ]


def own_entries() -> list[Entry]:
    """Return our own package, by name."""
    return [
        Entry(f"{SITE_PACKAGES}/xlearning/{name}", PACKAGE_ROOT / name)
        for name in node_files()
    ]


def start_entries() -> list[Entry]:
    """Return the interpreter and what makes it start anywhere."""
    path = interpreter()
    launcher = LAUNCHER.format(
        loader=program_loader(path.read_bytes()), native=NATIVE, version=VERSION
    )
    site = SITECUSTOMIZE.format(site_packages=SITE_PACKAGES, packages_zip=PACKAGES_ZIP)
    return [
        Entry("bin/python", data=launcher.encode(), executable=True),
        Entry(f"bin/{VERSION}", path, executable=True),
        Entry(f"{STDLIB}/sitecustomize.py", data=site.encode()),
    ]


def native_libraries(entries: list[Entry]) -> list[Entry]:
    """Return the libraries that the entries' binaries need from outside of them."""
    binaries = [
        entry.source
        for entry in entries
        if entry.source and (".so" in entry.source.name or entry.executable)
    ]
    inside = {path.resolve() for path in binaries}
    result = subprocess.run(
        ["ldd", *map(str, binaries)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
    )
    return [
        Entry(f"{NATIVE}/{name}", path.resolve())
        for name, path in sorted(libraries(result.stdout).items())
        if not is_glibc(name) and path.resolve() not in inside
    ]


def interpreter() -> Path:
    """Return the real interpreter behind shims, links and virtual environments."""
    base = Path(getattr(sys, "_base_executable", None) or sys.executable)
    for path in (base, Path(sys.base_prefix, "bin", VERSION)):
        real = path.resolve()
        if real.is_file() and real.read_bytes()[:4] == b"\x7fELF":
            return real
    raise ConfigError(
        f"`{base}` is not an interpreter that can be taken to the nodes",
        hint="install Python on every node and set xlearning.runtime=path:/its/folder",
    )


def dependencies() -> list[importlib.metadata.Distribution]:
    """Return the distributions that we need at run time, by name.

    Raises:
        ConfigError: One of them is not installed.
    """
    found: dict[str, importlib.metadata.Distribution] = {}
    pending = [*_own_requirements(), *((name, True) for name in _site_types())]
    while pending:
        name, wanted = pending.pop()
        if name in found or name in ("", "xlearning"):
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            if wanted:
                raise ConfigError(
                    f"the Python package `{name}` is not installed",
                    hint="install xlearning with its dependencies (`make setup`)",
                ) from None
            continue
        pending += [required(text) for text in found[name].requires or ()]
    return [found[name] for name in sorted(found)]


def required(requirement: str) -> tuple[str, bool]:
    """Return the name in a requirement and whether it is needed in any case.

    A requirement with a marker is needed where it is installed; one of an extra never
    is, its name is returned as "".
    """
    text, _, marker = requirement.partition(";")
    match = re.match(r"[\w.-]+", text.strip())
    if match is None or "extra ==" in marker.replace("extra==", "extra =="):
        return "", False
    return normal_name(match[0]), not marker.strip()


def normal_name(name: str) -> str:
    """Return a distribution's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def left_out(name: str, patterns: Iterable[str]) -> bool:
    """Say whether a file stays behind."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def is_glibc(library: str) -> bool:
    """Say whether a library, e.g. `libc.so.6`, belongs to the C library."""
    return re.split(r"\.so|-x86|-aarch|-gnu|\.", library)[0] in GLIBC


def libraries(ldd_output: str) -> dict[str, Path]:
    """Read `ldd`: every library that was found, by the name it is asked for by."""
    found = re.findall(r"^\s+(\S+) => (/\S.*?) \(0x", ldd_output, re.MULTILINE)
    return {name: Path(path) for name, path in found}


def program_loader(binary: bytes) -> str:
    """Read the dynamic loader's path out of a 64-bit little-endian ELF file.

    Raises:
        ConfigError: The file names no loader (it is linked statically).
    """
    offset = int.from_bytes(binary[32:40], "little")
    size, count = binary[54] | binary[55] << 8, binary[56] | binary[57] << 8
    for start in range(offset, offset + size * count, size):
        if int.from_bytes(binary[start : start + 4], "little") == 3:  # PT_INTERP
            where = int.from_bytes(binary[start + 8 : start + 16], "little")
            return binary[where : binary.index(b"\0", where)].decode()
    raise ConfigError("the interpreter is not linked dynamically")


def _site_types() -> list[str]:
    """Return the packages that a site added application types with.

    Raises:
        ConfigError: The files of one cannot be found out.
    """
    found = []
    for point in importlib.metadata.entry_points(group=GROUP):
        package = point.dist
        if package is None or normal_name(package.name) == "xlearning":
            continue
        files = {path.as_posix() for path in package.files or ()}
        source = point.module.replace(".", "/")
        if not files & {f"{source}.py", f"{source}/__init__.py"}:
            raise ConfigError(
                f"the application type {point.name} cannot be taken to the nodes: "
                f"`{package.name}` is installed without its files (as editable)",
                hint="install it as it is: `pip install .`",
            )
        found.append(normal_name(package.name))
    return found


def _own_requirements() -> list[tuple[str, bool]]:
    """Read our dependencies where we are installed, or in the checkout.

    Those of our extras (libraries of record formats) travel where they are installed.
    """
    try:
        texts = importlib.metadata.requires("xlearning") or []
    except importlib.metadata.PackageNotFoundError:
        path = PACKAGE_ROOT.parent / "pyproject.toml"
        texts = tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"]
    return [own_requirement(text) for text in texts]


def own_requirement(text: str) -> tuple[str, bool]:
    """Return the name in one of our requirements, and whether it must be there."""
    always = not text.partition(";")[2].strip()
    return required(text.partition(";")[0])[0], always


def _distribution_entries(
    distribution: importlib.metadata.Distribution,
) -> Iterator[Entry]:
    if distribution.files is None:
        raise ConfigError(
            f"no list of files is known of the Python package `{distribution.name}`",
            hint="install xlearning with pip into a virtual environment",
        )
    for path in distribution.files:
        name = path.as_posix()
        is_metadata = ".dist-info/" in name and not name.endswith(_METADATA_KEPT)
        if name.startswith("..") or is_metadata or left_out(name, PACKAGES_LEFT_OUT):
            continue
        yield Entry(f"{SITE_PACKAGES}/{name}", Path(str(path.locate())))
