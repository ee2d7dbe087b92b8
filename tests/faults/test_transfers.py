"""HDFS fails while data moves: what arrives is whole, or an error names the file."""

from __future__ import annotations

import logging
import random
import re
import subprocess
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from xlearning.io.download import DownloadOptions, download
from xlearning.io.listing import list_input
from xlearning.io.splits import InputFile
from xlearning.io.transfer import Retrying, TransferFailed
from xlearning.io.upload import UploadOptions, upload
from xlearning.io.waits import Waits
from xlearning.job.spec import InputSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.conftest import Hurt
    from xlearning.job.waits import Wait

pytestmark = [pytest.mark.hadoop, pytest.mark.timeout(300)]

WAITING = Retrying(retries=1, first_pause_s=0.2, longest_pause_s=1, outage_s=120)
FILES = {"a": 24 << 20, "b/c": 40 << 20, "d e#%ü": 8 << 20, "empty": 0}


def data(name: str) -> bytes:
    """Return the content of a file."""
    return random.Random(name).randbytes(FILES[name])


class Outage:
    """Kills a daemon when some bytes were moved, and starts it again."""

    def __init__(self, hurt: Hurt, daemon: str, after: int = 2 << 20) -> None:
        self._after = after
        self._hurt = hurt
        self._daemon = daemon
        self._begun = False
        self._again = threading.Thread(target=self._start)
        self.moved = 0

    def __call__(self, count: int) -> None:
        """Count bytes."""
        self.moved += count
        if self.moved > self._after and not self._begun:
            self._begun = True
            self._hurt.cluster.kill(self._daemon)
            self._again.start()

    def over(self) -> None:
        """Wait until the daemon serves again.

        It was killed in any case, or the test would have shown nothing.
        """
        assert self._begun
        self._again.join()

    def _start(self) -> None:
        self._hurt.cluster.start(self._daemon)


@pytest.fixture
def remote(hurt: Hurt) -> Iterator[str]:
    """A folder with the files."""
    for name in FILES:
        hurt.storage.write(f"/in/{name}", data(name))
    yield hurt.storage.url("/in")
    hurt.storage.delete("/in", recursive=True)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A local folder with the files."""
    for name in FILES:
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data(name))
        path.chmod(0o640)
    return tmp_path / "out"


@pytest.mark.parametrize("daemon", ["datanode1", "namenode"])
def test_a_download_outlives_a_daemon(
    hurt: Hurt,
    remote: str,
    daemon: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    share = list_input([InputSpec("x", (remote,))], hurt.storages)
    outage = Outage(hurt, daemon)
    options = DownloadOptions(threads=1, retrying=WAITING, progress=outage)
    with caplog.at_level(logging.WARNING):
        summary = download(share, tmp_path, hurt.storages, options)
    outage.over()
    assert {
        file.relative_path: (tmp_path / "x" / file.relative_path).read_bytes()
        for file in share
    } == {name: data(name) for name in FILES}
    assert outage.moved == summary.bytes == sum(FILES.values())
    if daemon != "namenode":  # hdfs-native itself may wait for that one
        assert "trying again in" in caplog.text


@pytest.mark.parametrize("daemon", ["datanode1", "namenode"])
def test_an_upload_outlives_a_daemon(hurt: Hurt, local: Path, daemon: str) -> None:
    outage = Outage(hurt, daemon)
    options = UploadOptions(threads=2, retrying=WAITING, progress=outage)
    summary = upload(local, hurt.storage.url("/up"), hurt.storages, options)
    outage.over()
    found = [s for s in hurt.storage.walk("/up") if not s.is_dir]
    assert {s.path.removeprefix("/up/"): s.permission for s in found} == (
        dict.fromkeys(sorted(FILES), 0o640)
    )
    assert {name: hurt.storage.read(f"/up/{name}") for name in FILES} == {
        name: data(name) for name in FILES
    }
    assert outage.moved == summary.bytes == sum(FILES.values())
    hurt.storage.delete("/up", recursive=True)


def test_an_upload_goes_on_where_it_broke_off(
    hurt: Hurt, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = tmp_path / "model"
    large.mkdir()
    content = random.Random(7).randbytes(96 << 20)
    (large / "weights").write_bytes(content)
    told: list[int] = []
    outage = Outage(hurt, "datanode1", after=48 << 20)

    def progress(count: int) -> None:
        told.append(count)
        outage(count)

    options = UploadOptions(retrying=WAITING, progress=progress)
    with caplog.at_level(logging.INFO):
        upload(large, hurt.storage.url("/up"), hurt.storages, options)
    outage.over()
    assert hurt.storage.read("/up/weights") == content
    found = re.search(r"`.*/up/weights` goes on at byte (\d+)", caplog.text)
    assert found is not None, caplog.text
    assert int(found[1]) > 32 << 20
    assert sum(told) == len(content)
    hurt.storage.delete("/up", recursive=True)


class Heard(Waits):
    """Remembers what was tried again.

    Attributes:
        told: All of it.
        heard: Set by the first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Wait] = []
        self.heard = threading.Event()

    def put(
        self, key: object, wait: Wait, stands: Callable[[], bool] = lambda: True
    ) -> None:
        """Note what is tried again."""
        super().put(key, wait, stands)
        self.told.append(wait)
        self.heard.set()


def test_a_namenode_that_is_away_is_waited_for_before_listing(
    hurt: Hurt, remote: str
) -> None:
    waits = Heard()

    def start() -> None:
        waits.heard.wait(60)
        hurt.cluster.start("namenode")

    hurt.cluster.kill("namenode")
    starting = threading.Thread(target=start)
    starting.start()
    given, retrying = [InputSpec("x", (remote,))], replace(WAITING, waits=waits)
    share = list_input(given, hurt.storages, retrying=retrying)
    starting.join()
    assert {file.relative_path for file in share} == set(FILES)
    assert waits.told[0].what == f"`{remote}` could not be listed"
    assert "cannot be reached" in waits.told[0].reason
    assert waits.oldest() is None


def test_a_namenode_that_stays_away_is_an_error(
    hurt: Hurt, remote: str, tmp_path: Path
) -> None:
    share = list_input([InputSpec("x", (remote,))], hurt.storages)
    hurt.cluster.kill("namenode")
    try:
        options = DownloadOptions(retrying=Retrying(1, 0.1))
        with pytest.raises(TransferFailed, match="cannot be reached") as failed:
            download(share, tmp_path, hurt.storages, options)
    finally:
        hurt.cluster.start("namenode")
    assert f"`{remote}/" in failed.value.message
    assert list(tmp_path.rglob("*.part")) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"may not mount: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_share_larger_than_the_disk_is_not_begun(
    hurt: Hurt, remote: str, small_disk: Path
) -> None:
    share = list_input([InputSpec("x", (f"{remote}/a",))], hurt.storages)
    with pytest.raises(TransferFailed, match="does not fit into"):
        download(share, small_disk, hurt.storages)
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_is_an_error(
    hurt: Hurt, remote: str, small_disk: Path
) -> None:
    url = f"{remote}/d e#%ü"

    def fill(_: int) -> None:
        with (small_disk / "other").open("ab") as file:
            file.write(b"x" * (1 << 20))

    hurt.storage.write(url, data("d e#%ü")[: 7 << 20], overwrite=True)
    file = InputFile("x", url, 7 << 20, "d")
    options = DownloadOptions(progress=fill)
    with pytest.raises(TransferFailed, match="No space left on device") as failed:
        download((file,), small_disk, hurt.storages, options)
    assert failed.value.message.startswith(f"`{url}` could not be fetched to `x/d`")
    assert list((small_disk / "x").iterdir()) == []
