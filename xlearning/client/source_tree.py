"""Which files of a source folder go to the containers.

All but those that `.gitignore` and `.xlignore` leave out, in git's own sense: each file
of patterns counts for its folder and what is below it, deeper ones win over higher
ones, later lines over earlier ones, and `.xlignore` over the `.gitignore` beside it.
What version control and Python keep for themselves never goes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pathspec import GitIgnoreSpec

from xlearning.client.runtime_content import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

IGNORE_FILES = (".gitignore", ".xlignore")
NEVER = frozenset({".git", ".hg", ".svn", "__pycache__", ".venv", ".mypy_cache"})


class _Rules(NamedTuple):
    """Patterns, and the folder that they count for: "" or one that ends in a slash."""

    folder: str
    spec: GitIgnoreSpec


def source_entries(root: Path) -> list[Entry]:
    """Return the files of a source folder, by name.

    A link to a file is sent as the file, one to a folder is left out.

    Raises:
        OSError: Something cannot be read.
    """
    return sorted(_walk(root, "", ()))


def _walk(root: Path, folder: str, above: tuple[_Rules, ...]) -> Iterator[Entry]:
    rules = (*above, *_rules(root, folder))
    with os.scandir(root / folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{folder}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in NEVER and not _ignored(f"{name}/", rules):
                yield from _walk(root, f"{name}/", rules)
        elif entry.is_file() and not _ignored(name, rules):
            executable = os.access(entry.path, os.X_OK)
            yield Entry(name, Path(entry.path), executable=executable)


def _rules(root: Path, folder: str) -> Iterator[_Rules]:
    for name in IGNORE_FILES:
        path = root / folder / name
        if path.is_file():
            lines = path.read_text("utf-8", errors="replace").splitlines()
            yield _Rules(folder, GitIgnoreSpec.from_lines(lines))


def _ignored(name: str, rules: tuple[_Rules, ...]) -> bool:
    for rule in reversed(rules):
        said = rule.spec.check_file(name.removeprefix(rule.folder)).include
        if said is not None:
            return said
    return False
