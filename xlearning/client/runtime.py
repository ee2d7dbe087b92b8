"""Our Python on the nodes: packed once, named by content, uploaded once per user.

The name is a hash of the interpreter, the installed packages' RECORD files and our own
sources. It is remembered locally beside cheap signs of change (sizes and time stamps),
so that a submission with nothing new costs one look at the file system. What is packed
is the matter of `runtime_content`, how that of `runtime_layout`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.client.archives import Archive, shared
from xlearning.client.local_cache import forget_old, locked, write_whole
from xlearning.client.own_package import PACKAGE_ROOT, node_files
from xlearning.errors import ConfigError
from xlearning.job.environment import RUNTIME_LINK
from xlearning.job.spec import RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.storage import Storage

_NAMES = "names.json"
_KEPT = 3
_PACKERS = ("content", "layout", "bytecode", "archive")


class RuntimeName(NamedTuple):
    """The names of an archive and of its part that does not hold our own package."""

    base: str
    whole: str


def installed(setting: str) -> RuntimeSpec | None:
    """Return the runtime for `path:/dir`, None for `auto`.

    Raises:
        ConfigError: The setting is neither.
    """
    if setting == "auto":
        return None
    kind, _, folder = setting.partition(":")
    if kind != "path" or not folder.startswith("/"):
        raise ConfigError(
            f"`xlearning.runtime` cannot be `{setting}`",
            hint="write auto, or path: and an absolute folder: path:/opt/xlearning",
        )
    return RuntimeSpec(python=f"{folder.rstrip('/')}/bin/python")


def runtime_name(cache: Path) -> RuntimeName:
    """Return the names of this Python's archive, from memory where nothing changed."""
    known = _read_names(cache)
    signs = _signs_of_change()
    if signs not in known:
        known = dict(list(known.items())[-_KEPT:])
        known[signs] = _compute_name()
        write_whole(cache / _NAMES, msgspec.json.encode(known))
    return known[signs]


def packed(name: RuntimeName, cache: Path, report: Callable[[str], None]) -> Path:
    """Return the local archive, packed now if it is not there.

    Args:
        name: What `runtime_name` returned.
        cache: Where archives are kept on this machine.
        report: Told what takes long.
    """
    path = cache / f"{name.whole}.tgz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / ".lock"):
            if not path.exists():
                _pack(name, path, report)
                for pattern in ("*.tgz", "*.part"):
                    forget_old(cache, pattern, _KEPT)
    return path


def provide(
    setting: str,
    storage: Storage,
    home_url: str,
    *,
    cache: Path,
    report: Callable[[str], None],
) -> RuntimeSpec:
    """Return the job's runtime, on the file system after this call.

    Args:
        setting: `auto` or `path:/dir`.
        storage: The file system that YARN localises from.
        home_url: The user's home folder on it.
        cache: Where archives are kept on this machine.
        report: Told what takes long.
    """
    fixed = installed(setting)
    if fixed is not None:
        return fixed
    name = runtime_name(cache)
    archive = shared(
        storage,
        home_url,
        Archive("runtime", name.whole, RUNTIME_LINK),
        lambda: packed(name, cache, report),
        report,
    )
    return RuntimeSpec(python=f"./{RUNTIME_LINK}/bin/python", archive=archive)


def _signs_of_change() -> str:
    """Return a digest of sizes and time stamps that change with the archive's content.

    The time stamp of site-packages changes with every package that comes or goes.
    """
    paths = [Path(sys.executable).resolve(), *map(Path, _package_folders())]
    paths += sorted((PACKAGE_ROOT / "client").glob("runtime_*.py"))
    paths += [PACKAGE_ROOT / name for name in node_files()]
    digest = hashlib.sha256(f"{sys.version}\0{sys.prefix}".encode())
    for path in paths:
        status = path.stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _package_folders() -> list[str]:
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    folders += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return sorted({path for path in folders if os.path.isdir(path)})


def _compute_name() -> RuntimeName:
    from xlearning.client import runtime_content as content

    base = hashlib.sha256(sys.version.encode())
    base.update(content.interpreter().read_bytes())
    for packer in _PACKERS:
        base.update((PACKAGE_ROOT / "client" / f"runtime_{packer}.py").read_bytes())
    for distribution in content.dependencies():
        base.update((distribution.read_text("RECORD") or "").encode())
    whole = base.copy()
    for entry in content.own_entries():
        whole.update(f"\0{entry.name}\0".encode() + entry.content())
    name = f"{content.VERSION}-{whole.hexdigest()[:20]}"
    return RuntimeName(f"base-{base.hexdigest()[:20]}", name)


def _pack(name: RuntimeName, path: Path, report: Callable[[str], None]) -> None:
    from xlearning.client import runtime_archive, runtime_layout

    started = time.monotonic()
    base = path.with_name(f"{name.base}.part")
    if not base.exists():
        report("Packing this Python for the nodes, once until it changes")
        runtime_archive.write_base(runtime_layout.base(), base)
    runtime_archive.write_archive(base, runtime_layout.own(), path)
    seconds = time.monotonic() - started
    report(f"Packed the runtime: {path.stat().st_size >> 20} MiB in {seconds:.1f} s")


def _read_names(cache: Path) -> dict[str, RuntimeName]:
    try:
        data = (cache / _NAMES).read_bytes()
        return msgspec.json.decode(data, type=dict[str, RuntimeName])
    except (OSError, msgspec.DecodeError):
        return {}
