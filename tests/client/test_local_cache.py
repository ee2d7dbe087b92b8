from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from xlearning.client.local_cache import cache_folder, forget_old, locked, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_cache_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert os.fspath(cache_folder("env")) == "/var/cache/me/xlearning/env"


def test_a_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / f"{number}.tgz"
        path.touch()
        os.utime(path, (number, number))
    assert [path.name for path in forget_old(tmp_path, "*.tgz", 2)] == [
        "0.tgz",
        "1.tgz",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.tgz", "3.tgz"]
    assert forget_old(tmp_path, "*.tgz", 5) == []


def test_one_works_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lock"
    entered = threading.Event()

    def enter() -> None:
        with locked(lock):
            entered.set()

    other = threading.Thread(target=enter)
    with locked(lock):
        other.start()
        assert not entered.wait(0.05)
    other.join()
    assert entered.is_set()
