from __future__ import annotations

import sys
from pathlib import Path

import pytest

from xlearning.client import runtime_content
from xlearning.client.runtime_content import (
    NATIVE,
    PACKAGES_LEFT_OUT,
    SITE_PACKAGES,
    STDLIB,
    STDLIB_LEFT_OUT,
    Entry,
    is_glibc,
    left_out,
    libraries,
    own_requirement,
    program_loader,
    required,
)
from xlearning.errors import ConfigError

LDD = """\
/opt/lib/a.so:
\tlinux-vdso.so.1 (0x00007ffd2a5f6000)
\tlibssl.so.3 => /usr/lib/x86_64-linux-gnu/libssl.so.3 (0x00007f6d1c000000)
\tlibnowhere.so.1 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f6d1be00000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f6d1c5b6000)
/opt/lib/b.so:
\tstatically linked
"""


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    found = runtime_content.packages()
    every = [entry for package in found for entry in package.entries]
    every += runtime_content.start_entries()
    return every + runtime_content.standard_library()


def test_every_dependency_of_ours_is_there_and_no_development_tool(
    entries: list[Entry],
) -> None:
    names = {entry.name for entry in entries}
    for wanted in ("click/__init__.py", "grpc/__init__.py", "msgspec/__init__.py"):
        assert f"{SITE_PACKAGES}/{wanted}" in names
    assert not any("/pytest/" in name or "/mypy/" in name for name in names)
    assert not any("/pip/" in name or "/rich/" in name for name in names)


def test_our_own_rooms_for_nodes_are_there_and_no_others() -> None:
    names = {entry.name for entry in runtime_content.own_entries()}
    assert f"{SITE_PACKAGES}/xlearning/job/spec.py" in names
    assert not any("/client/" in name or "/cli/" in name for name in names)


def test_what_dependencies_depend_on_is_there(entries: list[Entry]) -> None:
    names = {entry.name for entry in entries}
    assert f"{SITE_PACKAGES}/urllib3/__init__.py" in names  # of requests
    assert f"{SITE_PACKAGES}/h11/__init__.py" in names  # of uvicorn


def test_the_standard_library_is_the_base_interpreters(entries: list[Entry]) -> None:
    sources = {entry.name: entry.source for entry in entries}
    source = sources[f"{STDLIB}/asyncio/__init__.py"]
    assert source is not None
    assert source.is_relative_to(sys.base_prefix)


def test_the_interpreter_is_a_program_and_not_a_shim() -> None:
    assert runtime_content.interpreter().read_bytes()[:4] == b"\x7fELF"


def test_no_two_entries_share_a_name_and_every_source_exists(
    entries: list[Entry],
) -> None:
    assert len({entry.name for entry in entries}) == len(entries)
    assert [e.name for e in entries if e.source and not e.source.is_file()] == []


def test_no_library_of_glibc_or_kerberos_travels(entries: list[Entry]) -> None:
    native = [e.name for e in runtime_content.native_libraries(entries)]
    assert any("libffi" in name for name in native)
    assert all(name.startswith(NATIVE) for name in native)
    assert not any(is_glibc(name.rpartition("/")[2]) for name in native)
    assert not any("krb5" in name for name in native)


def test_ldd_is_read_for_several_files() -> None:
    assert libraries(LDD) == {
        "libssl.so.3": Path("/usr/lib/x86_64-linux-gnu/libssl.so.3"),
        "libc.so.6": Path("/lib/x86_64-linux-gnu/libc.so.6"),
    }


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("libc.so.6", True),
        ("ld-linux-x86-64.so.2", True),
        ("libm.so.6", True),
        ("libcrypt.so.1", False),
        ("libcom_err.so.2", False),
        ("libstdc++.so.6", False),
    ],
)
def test_glibc_is_known_by_name(library: str, expected: bool) -> None:
    assert is_glibc(library) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("click>=8.1.8", ("click", True)),
        ("hdfs_native >=0.14.7,<0.16", ("hdfs-native", True)),
        ("typing_extensions; python_version < '3.13'", ("typing-extensions", False)),
        ("pandas; extra == 'test'", ("", False)),
        ('PySocks!=1.5.7,>=1.5.6; extra == "socks"', ("", False)),
        ("requests[socks] (>=2)", ("requests", True)),
    ],
)
def test_requirements_are_read(text: str, expected: tuple[str, bool]) -> None:
    assert required(text) == expected


def test_libraries_of_our_extras_travel_where_they_are_installed() -> None:
    assert own_requirement("click>=8.1.8") == ("click", True)
    assert own_requirement("JPype1>=1.5; extra == 'java'") == ("jpype1", False)


@pytest.mark.parametrize(
    ("name", "patterns"),
    [
        ("test/test_os.py", STDLIB_LEFT_OUT),
        ("unittest/test/testmock/__init__.py", STDLIB_LEFT_OUT),
        ("pyarrow/include/arrow/api.h", PACKAGES_LEFT_OUT),
        ("pyarrow/libarrow_flight.so.2600", PACKAGES_LEFT_OUT),
        ("pyarrow/libarrow_python.so.2600.1.0", PACKAGES_LEFT_OUT),
    ],
)
def test_what_is_left_out(name: str, patterns: tuple[str, ...]) -> None:
    assert left_out(name, patterns)


@pytest.mark.parametrize(
    "name", ["pyarrow/libarrow.so.2600", "pyarrow/libarrow_python.so.2600"]
)
def test_what_stays(name: str) -> None:
    assert not left_out(name, PACKAGES_LEFT_OUT)


def test_the_loader_is_read_from_the_interpreter() -> None:
    binary = runtime_content.interpreter().read_bytes()
    assert Path(program_loader(binary)).exists()


def a_site_s_package(folder: Path, files: str) -> None:
    """Install a package that adds a type; `files` is its list of files."""
    info = folder / "house-1.0.dist-info"
    info.mkdir()
    (folder / "house.py").write_text("HOUSE = None\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[xlearning.frameworks]\nH = house:HOUSE\n")
    (info / "RECORD").write_text(files)


def test_packages_that_add_application_types_travel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["METADATA", "entry_points.txt", "RECORD"]
    listed = "".join(f"house-1.0.dist-info/{name},,\n" for name in names)
    a_site_s_package(tmp_path, f"house.py,,\n{listed}")
    monkeypatch.syspath_prepend(tmp_path)
    [house] = [
        package for package in runtime_content.packages() if package.name == "house"
    ]
    assert [entry.name.split("site-packages/")[1] for entry in house.entries] == [
        "house-1.0.dist-info/METADATA",
        "house-1.0.dist-info/entry_points.txt",
        "house.py",
    ]


def test_one_that_is_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_site_s_package(tmp_path, "__editable__.house.pth,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"type H cannot be taken .* its files"):
        runtime_content.packages()
