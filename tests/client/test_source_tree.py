from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlearning.client.source_tree import source_entries

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("a.py", "b.log", "data/x.csv", "data/keep.csv", "pkg/b.log", "pkg/sub/c.py")
PATTERNS = ("*.log", "!b.log", "/data", "data/", "x.csv", "pkg/*", "!pkg/sub", "**/sub")


def fill(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(root: Path) -> set[str]:
    return {entry.name for entry in source_entries(root)}


def test_files_and_whether_they_are_programs(tmp_path: Path) -> None:
    fill(tmp_path, {"a.py": "a", "bin/run": "#!/bin/sh\n"})
    (tmp_path / "bin" / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("a.py")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(".")
    found = {entry.name: entry.executable for entry in source_entries(tmp_path)}
    assert found == {"a.py": False, "bin/run": True, "link": False}


def test_what_is_kept_for_themselves_never_goes(tmp_path: Path) -> None:
    fill(tmp_path, {"a.py": "", ".git/config": "", "p/__pycache__/a.pyc": ""})
    assert names(tmp_path) == {"a.py"}


def test_our_own_ignore_file_wins_over_gits(tmp_path: Path) -> None:
    files = {"model.bin": "", "notes.md": "", "sub/model.bin": ""}
    ignored = {".gitignore": "*.bin\n", ".xlignore": "!/model.bin\n*.md\n.*\n"}
    fill(tmp_path, {**files, **ignored})
    assert names(tmp_path) == {"model.bin"}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    top=st.lists(st.sampled_from(PATTERNS), max_size=4),
    deep=st.lists(st.sampled_from(PATTERNS), max_size=2),
)
def test_the_same_files_are_left_out_as_by_git(
    tmp_path: Path, top: list[str], deep: list[str]
) -> None:
    fill(tmp_path, dict.fromkeys(FILES, ""))
    fill(tmp_path, {".gitignore": "\n".join(top), "pkg/.gitignore": "\n".join(deep)})
    if not (tmp_path / ".git").exists():
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "-o", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert names(tmp_path) == set(listed.stdout.splitlines())
