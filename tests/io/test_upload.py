"""Copying a folder to where a try may write, on the local disk and on HDFS."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import requests

from xlearning.errors import ConnectionLost
from xlearning.io.local_storage import LocalStorage
from xlearning.io.locality import web_addresses
from xlearning.io.storage import Storages
from xlearning.io.transfer import Retrying, TransferFailed, TransferStopped
from xlearning.io.upload import LARGE_BYTES, LARGE_THREADS, UploadOptions, upload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.io.conftest import Place
    from xlearning.io.storage import Progress

AT_ONCE = Retrying(retries=2, first_pause_s=0)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """What a trainer left behind."""
    folder = tmp_path / "model"
    (folder / "variables" / "empty").mkdir(parents=True)
    for name, size, mode in [
        ("saved_model.pb", 2_500_000, 0o644),
        ("variables/data", 100, 0o600),
        ("variables/run.sh", 0, 0o755),
        ("ü #%20", 5, 0o640),
    ]:
        (folder / name).write_bytes(os.urandom(size))
        (folder / name).chmod(mode)
    return folder


def test_the_tree_arrives_with_its_modes(full_place: Place, model: Path) -> None:
    told: list[int] = []
    options = UploadOptions(progress=told.append)
    summary = upload(model, full_place.url("out/t"), full_place.lookup, options)
    assert (summary.files, summary.bytes) == (4, 2_500_105)
    assert sum(told) == summary.bytes
    found = {
        status.path.removeprefix(full_place.at("out/t/")): status
        for status in full_place.storage.walk(full_place.at("out/t"))
    }
    assert {n: s.permission for n, s in found.items() if not s.is_dir} == {
        "saved_model.pb": 0o644,
        "variables/data": 0o600,
        "variables/run.sh": 0o755,
        "ü #%20": 0o640,
    }
    assert {n for n, s in found.items() if s.is_dir} == {
        "variables",
        "variables/empty",
    }
    data = full_place.storage.read(full_place.at("out/t/saved_model.pb"))
    assert data == (model / "saved_model.pb").read_bytes()


def test_what_an_earlier_upload_left_is_gone(place: Place, tmp_path: Path) -> None:
    place.storage.write(place.at("t/old"), b"")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").touch()
    upload(tmp_path / "new", place.url("t"), place.lookup)
    assert [status.name for status in place.storage.walk(place.at("t"))] == ["file"]


def test_a_missing_folder_is_an_empty_one(place: Place, tmp_path: Path) -> None:
    summary = upload(tmp_path / "none", place.url("t"), place.lookup)
    assert (summary.files, summary.bytes) == (0, 0)
    assert place.storage.list(place.at("t")) == ()


def test_links_are_followed_but_not_in_circles(
    local_place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "model"
    (folder / "real").mkdir(parents=True)
    (folder / "real" / "file").write_bytes(b"x")
    (folder / "linked").symlink_to("real")
    (folder / "latest").symlink_to("real/file")
    (folder / "real" / "up").symlink_to("..")
    (folder / "broken").symlink_to("none")
    os.mkfifo(folder / "pipe")
    summary = upload(folder, local_place.url("t"), local_place.lookup)
    found = [
        status.path.removeprefix(local_place.at("t/"))
        for status in local_place.storage.walk(local_place.at("t"))
    ]
    assert found == ["latest", "linked", "linked/file", "real", "real/file"]
    assert summary.files == 3
    told = " ".join(caplog.messages)
    assert "broken" in told
    assert "pipe" in told
    assert "a folder above it" in told


class Flaky(LocalStorage):
    """Breaks off the first copies."""

    def __init__(self, losses: int) -> None:
        """Lose so many."""
        self.losses = losses

    def put(
        self,
        local: Path,
        path: str,
        *,
        mode: int | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Copy, then perhaps say that it did not work."""
        super().put(local, path, mode=mode, overwrite=overwrite, progress=progress)
        self.losses -= 1
        if self.losses >= 0:
            raise ConnectionLost("the reply was lost")


def test_a_lost_reply_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"12345")
    told: list[int] = []
    flaky = Flaky(losses=2)
    options = UploadOptions(retrying=AT_ONCE, progress=told.append)
    upload(tmp_path / "a", f"file://{tmp_path}/t", lambda _: flaky, options)
    assert (tmp_path / "t" / "file").read_bytes() == b"12345"
    assert told == [5, -5, 5, -5, 5]


def test_a_file_that_cannot_be_copied_fails_the_upload(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"12345")
    flaky = Flaky(losses=3)
    options = UploadOptions(retrying=AT_ONCE)
    with pytest.raises(TransferFailed) as failed:
        upload(tmp_path / "a", f"file://{tmp_path}/t", lambda _: flaky, options)
    assert failed.value.message == (
        f"`{tmp_path}/a/file` could not be uploaded to `file://{tmp_path}/t/file`: "
        "the reply was lost"
    )


@pytest.mark.hadoop
def test_a_folder_of_somebody_else(
    hdfs_place: Place, hadoop_properties: Mapping[str, str], model: Path
) -> None:
    with pytest.raises(TransferFailed, match="user=alice, access=WRITE") as failed:
        upload(model, hdfs_place.url("t"), Storages(hadoop_properties, "alice"))
    assert failed.value.message.startswith(
        f"`{hdfs_place.url('t')}` could not be made: Permission denied"
    )


@pytest.mark.hadoop
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"storagespacequota": 64 << 20}, "DiskSpace quota of"),
        ({"namespacequota": 4}, "NameSpace quota"),
    ],
)
def test_a_quota_that_is_used_up(
    hdfs_place: Place,
    hadoop_properties: Mapping[str, str],
    model: Path,
    limits: Mapping[str, int],
    said: str,
) -> None:
    (address,) = web_addresses(hdfs_place.url(""), hadoop_properties)
    query = urlencode({"op": "SETQUOTA", "user.name": "root", **limits})
    answer = requests.put(
        f"{address}/webhdfs/v1{hdfs_place.folder}?{query}", timeout=10
    )
    answer.raise_for_status()
    (model / "large").write_bytes(bytes(33 << 20))
    with pytest.raises(TransferFailed, match=said) as failed:
        upload(model, hdfs_place.url("t"), hdfs_place.lookup)
    assert failed.value.message.startswith(f"`{model}/")
    assert f"could not be uploaded to `{hdfs_place.url('t')}/" in failed.value.message
    lengths = {str(p): p.stat().st_size for p in model.rglob("*") if p.is_file()}
    for status in hdfs_place.storage.walk(hdfs_place.at("t")):
        if not status.is_dir:  # what is there is whole
            name = status.path.removeprefix(hdfs_place.at("t/"))
            assert status.length == lengths[f"{model}/{name}"]


@pytest.mark.hadoop
def test_a_name_that_is_not_utf8(hdfs_place: Place, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.close(os.open(os.fsencode(tmp_path) + b"/a/\xff", os.O_CREAT))
    with pytest.raises(TransferFailed, match="not UTF-8"):
        upload(tmp_path / "a", hdfs_place.url("t"), hdfs_place.lookup)


class Counting(LocalStorage):
    """Counts how many large and small files are on their way at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = {True: 0, False: 0}
        self.most = {True: 0, False: 0}

    def put(
        self,
        local: Path,
        path: str,
        *,
        mode: int | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Copy a file and count it meanwhile."""
        large = local.stat().st_size > LARGE_BYTES
        with self._lock:
            self._now[large] += 1
            self.most[large] = max(self.most[large], self._now[large])
        try:
            super().put(local, path, mode=mode, overwrite=overwrite, progress=progress)
        finally:
            with self._lock:
                self._now[large] -= 1


def test_few_large_files_go_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(12):
        (folder / str(number)).write_bytes(bytes(LARGE_BYTES + 1))
    counting = Counting()
    url = f"file://{tmp_path}/t"
    upload(folder, url, lambda _: counting, UploadOptions(threads=12))
    assert 1 < counting.most[True] <= LARGE_THREADS


def test_a_stop_ends_the_upload(local_place: Place, model: Path) -> None:
    options = UploadOptions()
    options.stop.set()
    with pytest.raises(TransferStopped):
        upload(model, local_place.url("t"), local_place.lookup, options)
