"""Jobs whose data is on no HDFS: in buckets, and where `hdfs:///` is a local folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.local_yarn import LocalYarn
from tests.e2e.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, s3_server
from xlearning.io.storage import Storages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SMALL = ("--am-memory", "512M", "--worker-memory", "256M", "--worker-num", "2")
COUNT = ("--launch-cmd", "sh -c 'cat d/* | wc -l > model/n; env > model/env'")
FILES = {f"part {n}#": b"line\n" * 100 * n for n in range(1, 5)}


@pytest.fixture
def yarn(tmp_path: Path) -> Iterator[LocalYarn]:
    """A one-machine YARN."""
    found = LocalYarn(tmp_path)
    yield found
    found.down()


def written(storages: Storages, output: str) -> dict[str, bytes]:
    """Return the files of an output, without the containers' names."""
    storage = storages(output)
    files = [status for status in storage.walk(output) if not status.is_dir]
    return {each.path: storage.read(each.path) for each in files}


def assert_counted(files: Mapping[str, bytes]) -> None:
    """Two workers have counted all lines, and the output is complete."""
    counts = [int(data) for path, data in files.items() if path.endswith("/n")]
    assert len(counts) == 2
    assert sum(counts) == 1000
    assert sum(path.endswith("/_SUCCESS") for path in files) == 1


def test_input_and_output_in_a_bucket(yarn: LocalYarn, tmp_path: Path) -> None:
    with s3_server() as properties:
        storages = Storages(properties)
        for name, data in FILES.items():
            storages("s3://bucket/").write(f"/in/{name}", data)
        keys = [w for k, v in properties.items() for w in ("--conf", f"{k}={v}")]
        words = ("--s3input", f"{BUCKET}/in#d", "--s3output", f"{BUCKET}/out#model")
        ended = yarn.submit(*SMALL, *keys, *words, *COUNT)
        assert ended.code == 0, ended.text
        files = written(storages, "s3://bucket/out")
    assert_counted(files)
    secrets = (ACCESS_KEY.encode(), SECRET_KEY.encode())
    told = [data for path, data in files.items() if path.endswith("/env")]
    told += [path.read_bytes() for path in tmp_path.rglob("*.log") if path.is_file()]
    told.append(ended.text.encode())
    assert not any(secret in text for secret in secrets for text in told)


def test_programs_that_read_buckets_themselves_are_told_where(
    yarn: LocalYarn,
) -> None:
    program = (
        "import json, os; told = os.environ; "
        "urls = json.loads(told['S3_INPUT_FILE_LIST'])['d']; "
        "assert len(urls) == len(json.loads(told['INPUT_FILE_LIST'])['d']); "
        "print(*urls, told['HBOX_S3_INPUTS'], told['HBOX_S3_OUTPUTS'], sep='\\n', "
        "file=open('model/told', 'w'))"
    )
    with s3_server() as properties:
        storages = Storages(properties)
        for name, data in FILES.items():
            storages("s3://bucket/").write(f"/told/{name}", data)
        keys = [w for k, v in properties.items() for w in ("--conf", f"{k}={v}")]
        words = (
            "--s3input",
            f"{BUCKET}/told#d",
            "--s3output",
            f"{BUCKET}/told-out#model",
        )
        placeholder = (
            "--input-strategy",
            "PLACEHOLDER",
            "--",
            "python3",
            "-c",
            program,
        )
        ended = yarn.submit(*SMALL, *keys, *words, *placeholder)
        assert ended.code == 0, ended.text
        files = written(storages, "s3://bucket/told-out")
    endpoint = properties["fs.s3a.endpoint"]
    told = b"".join(data for path, data in files.items() if path.endswith("/told"))
    assert sorted(set(told.decode().split())) == sorted(
        [f"{endpoint}/{BUCKET}/told/part%20{n}%23" for n in range(1, 5)]
        + [f"{BUCKET}/told#d", f"{BUCKET}/told-out#model"]
    )


def test_what_is_missing_in_a_bucket_is_refused(yarn: LocalYarn) -> None:
    with s3_server() as properties:
        keys = [w for k, v in properties.items() for w in ("--conf", f"{k}={v}")]
        ended = yarn.submit(*SMALL, *keys, "--s3input", f"{BUCKET}/none#d", *COUNT)
    assert ended.code == 1
    assert "Input path s3://bucket/none not existed!" in ended.stderr
    assert ended.application_id is None


def test_hdfs_is_a_folder_of_the_home(yarn: LocalYarn) -> None:
    root = yarn.home.path / "hdfs"
    (root / "in").mkdir(parents=True)
    for name, data in FILES.items():
        (root / "in" / name).write_bytes(data)
    words = ("--input", "hdfs:///in#d", "--output", "hdfs:///out#model")
    ended = yarn.submit(*SMALL, *words, *COUNT)
    assert ended.code == 0, ended.text
    assert "Output: hdfs:///out" in ended.stderr
    assert_counted(written(Storages({}), f"file://{root}/out"))
