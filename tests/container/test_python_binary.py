"""This interpreter's own file, said to be for another machine or C library."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from xlearning.container.python_binary import check_binary, check_packages
from xlearning.errors import ConfigError

BASE = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()


def binary(folder: Path, machine: int, loader: bytes | None = None) -> Path:
    """Return this interpreter's file, said to be for another machine or C library."""
    data = bytearray(BASE.read_bytes())
    data[18:20] = machine.to_bytes(2, "little")
    if loader is not None:
        at = data.index(b"/lib64/ld-linux")
        end = data.index(b"\0", at)
        data[at:end] = loader.ljust(end - at, b"\0")
    path = folder / "binary"
    path.write_bytes(bytes(data))
    path.chmod(0o755)
    return path


def test_another_architecture_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_binary(binary(tmp_path, 22), "env")
    node = platform.machine()
    assert f"`env` is for s390x, this node is {node}" in caught.value.message
    with pytest.raises(ConfigError, match="is for machine 999"):
        check_binary(binary(tmp_path, 999), "env")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the loader's name")
def test_another_c_library_is_named(tmp_path: Path) -> None:
    path = binary(tmp_path, 62, b"/lib/ld-musl-x86.so")
    with pytest.raises(ConfigError, match=r"needs `/lib/ld-musl-x86\.so`.*C library"):
        check_binary(path, "env")
    check_binary(binary(tmp_path, 62), "env")


def test_binaries_without_a_loader(tmp_path: Path) -> None:
    data = bytearray(BASE.read_bytes()[:4096])
    data[56:58] = b"\0\0"  # no program headers, as if linked statically
    path = tmp_path / "static"
    path.write_bytes(bytes(data))
    check_binary(path, "env")
    data[4] = 1  # 32 bits
    path.write_bytes(bytes(data))
    check_binary(path, "env")


@pytest.mark.parametrize(
    "name",
    [
        f"a.cpython-311-{platform.machine()}-linux-gnu.so",
        "a.cpython-311-arm-linux-gnueabihf.so",
        "a.abi3.so",
        "a.py",
    ],
)
def test_packages_that_may_be_for_this_node(tmp_path: Path, name: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / name).touch()
    check_packages(tmp_path, "env")
    check_packages(tmp_path / "none", "env")


@pytest.mark.parametrize("platform_name", ["s390x-linux-gnu", "x86_64-linux-musl"])
def test_packages_for_another_node(tmp_path: Path, platform_name: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / f"a.cpython-311-{platform_name}.so").touch()
    with pytest.raises(ConfigError, match=rf"for {platform_name}, .*`inner/a\.cpython"):
        check_packages(tmp_path, "env")
