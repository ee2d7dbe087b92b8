from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from xlearning.client.archives import Archive, shared
from xlearning.errors import ConfigError, ConnectionLost
from xlearning.io.local_storage import LocalStorage
from xlearning.job.spec import LocalFile, ResourceKind, Visibility

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = Archive("env", "abc", "xl-env")


class Place:
    """A home folder, and an archive that can be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.made = 0
        self.path = folder / "home" / ".xlearning" / "env" / "abc.tgz"

    def make(self) -> Path:
        self.made += 1
        path = self.folder / "made.tgz"
        path.write_bytes(b"archive")
        return path

    def share(self, storage: LocalStorage) -> LocalFile:
        home = f"file://{self.folder}/home"
        return shared(storage, home, ARCHIVE, self.make, self.said.append)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_archive_is_sent_once(place: Place) -> None:
    file = place.share(LocalStorage())
    assert file == LocalFile(
        link="xl-env",
        url=f"file://{place.path}",
        size=7,
        timestamp_ms=file.timestamp_ms,
        kind=ResourceKind.ARCHIVE,
        visibility=Visibility.PRIVATE,
    )
    assert place.said == [f"Uploading the environment to file://{place.path}"]
    assert place.share(LocalStorage()) == file
    assert place.made == 1
    assert len(place.said) == 1
    assert place.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_last_use_is_noted_beside_it(place: Place) -> None:
    file = place.share(LocalStorage())
    used = place.path.with_name("abc.tgz.used")
    os.utime(used, (1, 1))
    os.utime(place.path, (5, 5))
    assert place.share(LocalStorage()).timestamp_ms == 5000
    assert used.stat().st_mtime > 1
    assert file.timestamp_ms != 5000


def test_the_loser_of_a_race_takes_the_winners_file(place: Place) -> None:
    class Race(LocalStorage):
        """Somebody else is done while we upload."""

        def put(self, local: Path, path: str, **options: Any) -> None:
            super().put(local, path, **options)
            place.path.write_bytes(b"theirs")
            os.utime(place.path, (1_600_000_000, 1_600_000_000))

    assert place.share(Race()).timestamp_ms == 1_600_000_000_000
    assert place.path.read_bytes() == b"theirs"
    names = {path.name for path in place.path.parent.iterdir()}
    assert names == {"abc.tgz", "abc.tgz.used"}


def test_a_file_that_vanishes_is_an_error(place: Place) -> None:
    class Deleted(LocalStorage):
        """Somebody deletes what was sent."""

        def rename(self, source: str, target: str) -> None:
            self.delete(source)

    with pytest.raises(ConnectionLost, match="vanished"):
        place.share(Deleted())


def test_a_home_that_cannot_be_written_is_explained(place: Place) -> None:
    class NotMine(LocalStorage):
        """A file system where nothing may be made."""

        def mkdirs(self, path: str, mode: int = 0o755) -> None:
            raise PermissionError(13, "Permission denied", path)

    with pytest.raises(ConfigError, match="home folder `file://"):
        place.share(NotMine())
