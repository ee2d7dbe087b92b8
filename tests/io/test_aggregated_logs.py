"""Reading logs that Hadoop's own LogWriter wrote (see tests/data/logs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlearning.errors import RemoteProtocolError
from xlearning.io.aggregated_logs import LogFile, LogFolder, list_logs, read_log
from xlearning.io.local_storage import LocalStorage

DATA = Path(__file__).parents[1] / "data" / "logs"
APPLICATION = "application_1700000000000_12345"
STORAGE = LocalStorage()


def container(number: int) -> str:
    """Return the id of one of the containers in the data."""
    return f"container_1700000000000_12345_01_{number:06d}"


def collected(root: Path, codec: str, *, older: bool = False) -> LogFolder:
    """Lay a node's logs where YARN would have put them."""
    folder = LogFolder(str(root), "alice", APPLICATION)
    path = Path(folder.candidates[older])
    path.mkdir(parents=True)
    data = (DATA / f"{codec}.tfile").read_bytes()
    (path / "nm1_45454").write_bytes(data)
    (path / "nm2_45454.tmp").write_bytes(data[:100])
    return folder


def find(folder: LogFolder, number: int, name: str) -> LogFile:
    """Return one of the log files."""
    found = {(log.container_id, log.name): log for log in list_logs(STORAGE, folder)}
    return found[container(number), name]


def text(number: int, codec: str) -> bytes:
    """Return the stderr that the data holds of a container."""
    lines = 12000 if codec == "gz" else 100
    return f"container {number} wrote this line\n".encode() * lines


def test_the_places_to_look_at() -> None:
    folder = LogFolder("hdfs://nn:8020/logs", "alice", APPLICATION, suffix="x")
    assert folder.candidates == (
        f"hdfs://nn:8020/logs/alice/bucket-x-tfile/2345/{APPLICATION}",
        f"hdfs://nn:8020/logs/alice/x/{APPLICATION}",
    )


@pytest.mark.parametrize("codec", ["none", "gz"])
@pytest.mark.parametrize("older", [False, True])
def test_all_files_are_listed(tmp_path: Path, codec: str, older: bool) -> None:
    folder = collected(tmp_path, codec, older=older)
    found = list_logs(STORAGE, folder)
    size = len(text(1, codec))
    assert [(log.container_id, log.name, log.length) for log in found] == [
        (container(number), name, length)
        for number in (1, 2, 3)
        for name, length in [
            ("größe.txt", 6),
            ("stderr", 0 if number == 2 else size),
            ("stdout", 20),
        ]
    ]
    assert {log.node for log in found} == {"nm1_45454"}


@pytest.mark.parametrize("codec", ["none", "gz"])
def test_a_file_is_read_whole(tmp_path: Path, codec: str) -> None:
    folder = collected(tmp_path, codec)
    for number in (1, 3):
        log = find(folder, number, "stderr")
        assert b"".join(read_log(STORAGE, log)) == text(number, codec)
    assert list(read_log(STORAGE, find(folder, 2, "stderr"))) == []
    stdout = b"".join(read_log(STORAGE, find(folder, 3, "stdout")))
    assert stdout == b"line of container 3\n"


@pytest.mark.parametrize("codec", ["none", "gz"])
@pytest.mark.parametrize(
    ("offset", "length"), [(0, 5), (990, 20), (1500, None), (-30, None), (-9999999, 3)]
)
def test_a_part_is_read(
    tmp_path: Path, codec: str, offset: int, length: int | None
) -> None:
    log = find(collected(tmp_path, codec), 3, "stderr")
    whole = text(3, codec)
    start = max(0, len(whole) + offset) if offset < 0 else offset
    end = len(whole) if length is None else start + length
    assert b"".join(read_log(STORAGE, log, offset, length)) == whole[start:end]


def test_beyond_the_end_is_nothing(tmp_path: Path) -> None:
    log = find(collected(tmp_path, "none"), 1, "stdout")
    assert list(read_log(STORAGE, log, 1000)) == []


def test_nothing_has_been_collected_yet(tmp_path: Path) -> None:
    assert list_logs(STORAGE, LogFolder(str(tmp_path), "alice", APPLICATION)) == ()


def test_what_is_gone_is_missed(tmp_path: Path) -> None:
    folder = collected(tmp_path, "none")
    log = find(folder, 1, "stdout")
    other = LogFile(log.container_id, "none", 1, log.node, log.path)
    with pytest.raises(FileNotFoundError, match="has no none"):
        list(read_log(STORAGE, other))
    Path(log.path).unlink()
    with pytest.raises(FileNotFoundError):
        list(read_log(STORAGE, log))


def test_a_file_that_grew_shorter(tmp_path: Path) -> None:
    log = find(collected(tmp_path, "none"), 3, "stdout")
    longer = LogFile(log.container_id, log.name, 1000, log.node, log.path)
    with pytest.raises(RemoteProtocolError, match="cut off"):
        list(read_log(STORAGE, longer))
