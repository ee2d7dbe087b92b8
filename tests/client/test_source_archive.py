from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from xlearning.client import source_archive
from xlearning.client.source_archive import send_sources, split_git
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.job.spec import LocalFile


def send(location: str, folder: Path, said: list[str]) -> LocalFile:
    home = f"file://{folder}/home"
    return send_sources(location, LocalStorage(), home, said.append)


def content(file: LocalFile) -> dict[str, bytes]:
    with tarfile.open(file.url.removeprefix("file://")) as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        return {name: member.read() for name, member in members.items() if member}


def git(folder: Path, *words: str) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    command = ["git", "-C", str(folder), *words]
    result = subprocess.run(
        command, env=env, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_sources_are_sent_when_they_have_changed(tmp_path: Path) -> None:
    said: list[str] = []
    tree = tmp_path / "src"
    tree.mkdir()
    (tree / "a.py").write_text("1")
    first = send(str(tree), tmp_path, said)
    assert first.link == "xl-source"
    assert content(first) == {"a.py": b"1"}
    os.utime(tree / "a.py", (1, 1))
    assert send(str(tree), tmp_path, said) == first
    assert len(said) == 1
    (tree / "a.py").write_text("2")
    assert content(send(str(tree), tmp_path, said)) == {"a.py": b"2"}
    assert len(said) == 2


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, the first of them on a branch and with a tag."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for text, ref in (("1", "old"), ("2", "new")):
        (folder / "a.py").write_text(text)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", text)
        git(folder, "branch", ref)
    git(folder, "tag", "v1", "old")
    return folder


def test_a_revision_of_a_repository(repository: Path, tmp_path: Path) -> None:
    url = f"git+file://{repository}"
    commit = git(repository, "rev-parse", "old")
    for revision, text in (
        ("", b"2"),
        ("@main", b"2"),
        ("@old", b"1"),
        ("@v1", b"1"),
        (f"@{commit}", b"1"),
        (f"@{commit[:12]}", b"1"),
    ):
        assert content(send(url + revision, tmp_path, [])) == {"a.py": text}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("git+https://h/a/b.git", ("https://h/a/b.git", "HEAD")),
        ("git+https://h/a/b.git@v1", ("https://h/a/b.git", "v1")),
        ("git+ssh://git@h/a/b@", ("ssh://git@h/a/b", "HEAD")),
    ],
)
def test_a_location_is_split(location: str, expected: tuple[str, str]) -> None:
    assert split_git(location) == expected


def test_what_is_wrong_is_named(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="`/nowhere` is no folder"):
        send("/nowhere", tmp_path, [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no file to send"):
        send(str(tmp_path / "empty"), tmp_path, [])
    with pytest.raises(ConfigError, match="there is no revision `none`"):
        send(f"git+file://{repository}@none", tmp_path, [])
    with pytest.raises(ConfigError, match="none"):
        send(f"git+file://{tmp_path}/none@main", tmp_path, [])
    with pytest.raises(ConfigError, match="`-x` is no revision"):
        send(f"git+file://{repository}@-x", tmp_path, [])
    monkeypatch.setattr(source_archive, "MOST_BYTES", 0)
    with pytest.raises(ConfigError, match="holds 0 MiB, more than 0"):
        send(str(repository), tmp_path, [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="needs git"):
        send(f"git+file://{repository}", tmp_path, [])
