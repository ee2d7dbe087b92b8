from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from xlearning.client import runtime_layout as layout
from xlearning.client.runtime_content import PACKAGES_ZIP, Entry, Package

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = b"A = 1\n"


def names_in(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def test_modules_of_the_standard_library_are_one_file() -> None:
    entries = layout.standard_library(
        [
            Entry("lib/p/os.py", data=SOURCE),
            Entry("lib/p/json/__init__.py", data=SOURCE),
            Entry("lib/p/lib-dynload/_json.so", data=b"elf"),
        ],
        "lib/p",
    )
    by_name = {entry.name: entry for entry in entries}
    assert set(by_name) == {
        "lib/p/os.py",
        "lib/p/lib-dynload/_json.so",
        layout.STDLIB_ZIP,
    }
    zipped = names_in(by_name[layout.STDLIB_ZIP].data)
    assert zipped == ["json/__init__.pyc", "os.pyc"]


def test_packages_with_other_files_stay_folders() -> None:
    pure = Package(
        "pure",
        (
            Entry("site/pure/__init__.py", data=SOURCE),
            Entry("site/pure-1.dist-info/METADATA", data=b"m"),
        ),
    )
    mixed = Package(
        "mixed",
        (
            Entry("site/mixed/__init__.py", data=SOURCE),
            Entry("site/mixed/_c.so", data=b"elf"),
            Entry("site/mixed-1.dist-info/METADATA", data=b"m"),
        ),
    )
    entries = {each.name: each for each in layout.packages([pure, mixed], "site")}
    assert set(entries) == {"site/mixed/__init__.pyc", "site/mixed/_c.so", PACKAGES_ZIP}
    assert names_in(entries[PACKAGES_ZIP].data) == [
        "mixed-1.dist-info/METADATA",
        "pure-1.dist-info/METADATA",
        "pure/__init__.pyc",
    ]


def test_our_own_sources_keep_their_lines() -> None:
    entries = layout.own_package([Entry("site/x/a.py", data=SOURCE)])
    tag = sys.implementation.cache_tag
    assert [entry.name for entry in entries] == [
        "site/x/a.py",
        f"site/x/__pycache__/a.{tag}.pyc",
    ]


def test_a_template_stays_a_source() -> None:
    template = Entry("lib/p/t.py", data=b"{% if python %}")
    assert template in layout.standard_library([template], "lib/p")


def test_python_imports_from_the_zip(tmp_path: Path) -> None:
    (entry,) = layout.packages(
        [Package("pure", (Entry("site/pure.py", data=SOURCE),))], "site"
    )
    (tmp_path / "p.zip").write_bytes(entry.data)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'p.zip')!r}); import pure"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_same_files_give_the_same_zip() -> None:
    files = [("b", b"2"), ("a", b"1")]
    assert layout.zip_of(files) == layout.zip_of(reversed(files))
