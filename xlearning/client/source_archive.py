"""The program's sources as one archive, named by their content and sent once.

`--source-dir` names a folder, or a repository and what of it: `git+URL@REV`, a branch,
a tag or a commit. The repository is fetched by git, as the user and with the user's
rights.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.client.archives import Archive, shared
from xlearning.client.runtime_archive import write_archive, write_base
from xlearning.client.source_tree import source_entries
from xlearning.errors import ConfigError
from xlearning.job.environment import SOURCE_LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.client.runtime_content import Entry
    from xlearning.io.storage import Storage
    from xlearning.job.spec import LocalFile

GIT = "git+"
_ALL = "+refs/heads/*:refs/remotes/origin/*"
MOST_BYTES = 512 << 20
"""More than this is no program: data belongs on the file system."""


def send_sources(
    location: str, storage: Storage, home_url: str, report: Callable[[str], None]
) -> LocalFile:
    """Return the archive of sources, on the file system after this call.

    Args:
        location: An absolute folder, or `git+URL@REV`.
        storage: The file system that YARN localises from.
        home_url: The user's home folder on it.
        report: Told what takes long.

    Raises:
        ConfigError: There is nothing to send, or too much.
    """
    with tempfile.TemporaryDirectory(prefix="xl-source-") as temporary:
        folder = Path(temporary)
        with _tree(location, folder, report) as root:
            entries = _entries(root, location)
            archive = Archive("source", source_name(entries), SOURCE_LINK)

            def make() -> Path:
                write_base((), folder / "base")
                write_archive(folder / "base", entries, folder / "source.tgz")
                return folder / "source.tgz"

            return shared(storage, home_url, archive, make, report)


def source_name(entries: list[Entry]) -> str:
    """Return the name of an archive with these files."""
    digest = hashlib.sha256()
    for entry in entries:
        content = hashlib.sha256(entry.content()).hexdigest()
        digest.update(f"{entry.name}\0{entry.executable}\0{content}\n".encode())
    return digest.hexdigest()[:24]


def _entries(root: Path, location: str) -> list[Entry]:
    try:
        entries = source_entries(root)
    except OSError as error:
        raise ConfigError(f"--source-dir {location}: {error}") from error
    if not entries:
        raise ConfigError(
            f"--source-dir {location}: there is no file to send",
            hint="see its .gitignore and .xlignore",
        )
    size = sum(os.path.getsize(entry.source) for entry in entries if entry.source)
    if size > MOST_BYTES:
        raise ConfigError(
            f"--source-dir {location} holds {size >> 20} MiB, more than "
            f"{MOST_BYTES >> 20}",
            hint="leave data out with .xlignore and give it with --input",
        )
    return entries


@contextmanager
def _tree(location: str, folder: Path, report: Callable[[str], None]) -> Iterator[Path]:
    """Give the folder with the sources, fetched for the time where it has to be."""
    if not location.startswith(GIT):
        root = Path(location)
        if not root.is_dir():
            raise ConfigError(f"--source-dir: `{root}` is no folder")
        yield root
        return
    url, revision = split_git(location)
    report(f"Fetching {revision} of {url}")
    tree = folder / "tree"
    _git(location, "init", "--quiet", str(tree))
    fetch = ("fetch", "--quiet", "--depth", "1", "--", url, revision)
    try:
        _git(location, "-C", str(tree), *fetch)
        revision = "FETCH_HEAD"
    except ConfigError:  # not every server gives out a commit by its name alone
        _git(location, "-C", str(tree), "fetch", "--quiet", "--tags", "--", url, _ALL)
    try:
        _git(location, "-C", str(tree), "checkout", "--quiet", "--detach", revision)
    except ConfigError as error:
        raise ConfigError(
            f"--source-dir {location}: there is no revision `{revision}`",
            hint="a branch, a tag or a commit",
        ) from error
    yield tree


def split_git(location: str) -> tuple[str, str]:
    """Split `git+URL@REV`; without a revision it is the repository's HEAD.

    An `@` before the path belongs to the host: `git+ssh://git@host/path`.
    """
    url = location.removeprefix(GIT)
    path = url.rpartition("/")[2]
    before, at, revision = path.rpartition("@")
    if not at:
        return url, "HEAD"
    if revision.startswith("-"):
        raise ConfigError(f"--source-dir {location}: `{revision}` is no revision")
    return url.removesuffix(path) + before, revision or "HEAD"


def _git(location: str, *arguments: str) -> None:
    try:
        result = subprocess.run(
            ["git", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            check=False,
        )
    except FileNotFoundError:
        raise ConfigError(
            f"--source-dir {location} needs git, which is not on PATH"
        ) from None
    if result.returncode != 0:
        said = (result.stderr.strip().splitlines() or ["git failed"])[-1]
        raise ConfigError(f"--source-dir {location}: {said}")
