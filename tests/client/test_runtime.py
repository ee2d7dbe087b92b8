from __future__ import annotations

import importlib.metadata
import subprocess
from typing import TYPE_CHECKING

import pytest

from xlearning.client import runtime
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.job.spec import RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDED = """
import asyncio, ctypes, sqlite3, ssl, subprocess, uuid
import click, cryptography.x509, google.protobuf.message, grpc.aio, hdfs_native
import msgspec, psutil, pyarrow.csv, pyarrow.dataset, pyarrow.fs, pyarrow.parquet
import pynvml, requests, starlette.applications, uvicorn
import xlearning.job.spec, xlearning.proto
"""


def silent(_line: str) -> None:
    """Hear nothing."""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    cache = tmp_path_factory.mktemp("cache")
    name = runtime.runtime_name(cache)
    archive = runtime.packed(name, cache, silent)
    folder = tmp_path_factory.mktemp("node") / "unpacked folder"
    folder.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    subprocess.run(["chmod", "-R", "a-w", folder], check=True)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def run(unpacked: Path, code: str, env: dict[str, str] | None = None) -> str:
    result = subprocess.run(
        [unpacked / "bin" / "python", "-c", code],
        env=env or {},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout


def test_everything_that_is_needed_on_a_node_is_imported(unpacked: Path) -> None:
    assert run(unpacked, NEEDED + "print('done')") == "done\n"


def test_nothing_comes_from_outside_of_the_folder(unpacked: Path) -> None:
    code = NEEDED + (
        "import sys\n"
        "for m in list(sys.modules.values()):\n"
        "    f = getattr(m, '__file__', None)\n"
        "    if f and not f.startswith(sys.prefix): print(f)\n"
    )
    assert run(unpacked, code) == ""


def test_few_files_are_unpacked(unpacked: Path) -> None:
    assert len(list(unpacked.rglob("*"))) < 1200


def test_versions_of_packages_are_known(unpacked: Path) -> None:
    code = "import importlib.metadata as m; print(m.version('click'))"
    assert run(unpacked, code).strip() == importlib.metadata.version("click")


def test_no_byte_code_is_missing(unpacked: Path) -> None:
    code = NEEDED + (
        "import os, sys\n"
        "for m in list(sys.modules.values()):\n"
        "    c = getattr(m, '__cached__', None)\n"
        "    if c and '.zip/' not in c and not os.path.exists(c): print(c)\n"
    )
    assert run(unpacked, code) == ""


def test_no_library_of_the_edge_node_is_loaded(unpacked: Path) -> None:
    code = NEEDED + "print(open('/proc/self/maps').read())"
    maps = run(unpacked, code)
    assert "/lib/native/libpython" in maps
    for library in ("libssl", "libffi", "libz.so", "libstdc++"):
        lines = [line for line in maps.splitlines() if library in line]
        assert all(str(unpacked) in line for line in lines), lines


def test_the_users_environment_is_not_used_and_not_changed(unpacked: Path) -> None:
    given = {
        "PYTHONPATH": "/nowhere",
        "PYTHONHOME": "/nowhere",
        "LD_LIBRARY_PATH": "/nowhere",
        "PWD": "/",
    }
    code = "import subprocess; print(subprocess.check_output(['env'], text=True))"
    lines = set(run(unpacked, code, given).split())
    assert lines == {f"{name}={value}" for name, value in given.items()}


def test_children_start_the_same_way(unpacked: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "cmd = [sys.executable, '-S', '-c', 'import sys, ssl; print(sys.prefix)']\n"
        "print(subprocess.check_output(cmd, text=True))"
    )
    assert run(unpacked, code).strip() == str(unpacked)


def test_it_starts_by_a_relative_path_and_through_a_link(
    unpacked: Path, tmp_path: Path
) -> None:
    (tmp_path / "xl-runtime").symlink_to(unpacked)
    result = subprocess.run(
        ["./xl-runtime/bin/python", "-m", "xlearning.job.spec"],
        cwd=tmp_path,
        check=True,
    )
    assert result.returncode == 0


def test_the_name_is_remembered_and_follows_its_signs(tmp_path: Path) -> None:
    first = runtime.runtime_name(tmp_path)
    (names,) = tmp_path.iterdir()
    before = names.stat().st_mtime_ns
    assert runtime.runtime_name(tmp_path) == first
    assert names.stat().st_mtime_ns == before
    names.write_text("not JSON")
    assert runtime.runtime_name(tmp_path) == first


def test_packages_on_the_path_are_seen_when_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, site = tmp_path / "cache", tmp_path / "site"
    info = site / "house-1.dist-info"
    info.mkdir(parents=True)
    cache.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.syspath_prepend(site)
    first = runtime.runtime_name(cache)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[xlearning.frameworks]\nH = house:HOUSE\n")
    (info / "RECORD").write_text("house.py,,\n")
    (site / "house.py").write_text("")
    assert runtime.runtime_name(cache).whole != first.whole


def test_an_installed_runtime_ships_nothing() -> None:
    spec = runtime.installed("path:/opt/xl/")
    assert spec == RuntimeSpec(python="/opt/xl/bin/python")
    assert runtime.installed("auto") is None


@pytest.mark.parametrize("setting", ["", "path:", "path:opt", "conda:/opt", "AUTO"])
def test_other_settings_are_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"xlearning\.runtime"):
        runtime.installed(setting)


class Packed:
    """A cache in which this Python is packed already, as a few bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = runtime.runtime_name(folder)
        (folder / f"{self.name.whole}.tgz").write_bytes(b"archive")

    def provide(self, home: Path, said: list[str]) -> RuntimeSpec:
        return runtime.provide(
            "auto",
            LocalStorage(),
            f"file://{home}",
            cache=self.folder,
            report=said.append,
        )


def test_the_archive_is_uploaded_once(tmp_path: Path) -> None:
    packed, said = Packed(tmp_path), list[str]()
    home = tmp_path / "home"
    spec = packed.provide(home, said)
    assert spec.python == "./xl-runtime/bin/python"
    assert spec.archive is not None
    path = home / ".xlearning" / "runtime" / f"{packed.name.whole}.tgz"
    assert spec.archive.url == f"file://{path}"
    assert (spec.archive.size, path.read_bytes()) == (7, b"archive")
    assert len(said) == 1
    assert packed.provide(home, said) == spec
    assert len(said) == 1
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert home.stat().st_mode & 0o777 == 0o755
