"""Programs with Pythons of their own on a real Hadoop: built, packed, broken."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.client.test_environment_build import wheel
from tests.e2e.submission import ROOT
from tests.e2e.test_failures import SMALL, assert_failed, assert_refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.hadoop import Hadoop
    from tests.e2e.submission import Ended

EXAMPLE = ROOT / "examples" / "jobfile"
HOME = ".xlearning/env"
SHOW = "import os, sys, tiny; print(os.environ['XL_ROLE'], tiny.version, sys.prefix)\n"
REMOTE = "/tmp/environment-tests"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two versions of a package, and requirements that nobody had before."""
    nonce = f"--find-links ./{time.time_ns()}\n"
    for version in ("1.0", "2.0"):
        path = wheel(tmp_path, version=version)
        (tmp_path / f"{version}.txt").write_text(f"{nonce}./{path.name}\n")
    (tmp_path / "show.py").write_text(SHOW)
    return tmp_path


@pytest.fixture
def archive(hadoop: Hadoop, tmp_path: Path) -> Iterator[Path]:
    """A virtual environment as venv-pack leaves it: its Python is a link."""
    hadoop.hdfs.delete(REMOTE)
    folder = tmp_path / "packed"
    venv.create(folder, symlinks=True)
    yield folder
    hadoop.hdfs.delete(REMOTE)


def send(hadoop: Hadoop, folder: Path) -> str:
    """Pack a folder and put it on HDFS."""
    path = folder.with_suffix(".tar.gz")
    subprocess.run(["tar", "-czf", path, "-C", folder, "."], check=True)
    hadoop.hdfs.make_folder(REMOTE)
    hadoop.hdfs.put(f"{REMOTE}/{path.name}", path.read_bytes())
    return f"{REMOTE}/{path.name}"


def printed(hadoop: Hadoop, ended: Ended) -> list[str]:
    """Return what the tasks of a job that ended well have printed."""
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    found = hadoop.xl("logs", ended.application_id, "--stdout", "--no-prefix")
    return sorted(found.stdout.splitlines())


def in_hdfs(hadoop: Hadoop) -> set[str]:
    folder = f"/user/{hadoop.user}/{HOME}"
    if not hadoop.hdfs.exists(folder):
        return set()
    names = {entry["pathSuffix"] for entry in hadoop.hdfs.entries(folder)}
    return {name for name in names if name.endswith(".tgz")}


def test_two_roles_have_two_environments_which_are_sent_once(
    hadoop: Hadoop, place: Path
) -> None:
    before = in_hdfs(hadoop)
    job = [
        *SMALL,
        *("--files", "show.py", "--env", "1.0.txt", "--launch-cmd", "python show.py"),
        *("--role", "worker:num=2"),
        *("--role", "other:memory=256M,environment=2.0.txt"),
    ]
    first = hadoop.submit(*job, cwd=place)
    lines = printed(hadoop, first)
    assert [line.split()[:2] for line in lines] == [
        ["other", "2.0"],
        ["worker", "1.0"],
        ["worker", "1.0"],
    ]
    assert all(line.endswith("/xl-env") for line in lines)
    assert first.stderr.count("Uploading the environment") == 2
    assert len(in_hdfs(hadoop) - before) == 2
    second = hadoop.submit(*job, cwd=place)
    assert len(printed(hadoop, second)) == 3
    assert "Uploading the environment" not in second.stderr
    assert "Building" not in second.stderr


def test_the_example_has_two_numpys_at_once(hadoop: Hadoop) -> None:
    ended = hadoop.submit("-f", "job.yaml", cwd=EXAMPLE)
    assert printed(hadoop, ended) == [
        "checker 0 from another numpy: mean 5.0 by numpy 1.26.4",
        "worker 0 from the job file: mean 5.0 by numpy 2.2.6",
        "worker 1 from the job file: mean 5.0 by numpy 2.2.6",
    ]


def test_two_jobs_with_two_numpys_at_the_same_time(hadoop: Hadoop) -> None:
    code = "import numpy, time; time.sleep(8); print(numpy.__version__)"
    both = [
        hadoop.start(
            "xl-submit", *SMALL, "--env", name, "python", "-c", code, cwd=EXAMPLE
        )
        for name in ("requirements.txt", "older.txt")
    ]
    ends = [each.wait() for each in both]
    assert [printed(hadoop, ended) for ended in ends] == [["2.2.6"], ["1.26.4"]]
    reports = [hadoop.final_report(e.application_id or "") for e in ends]
    latest = max(report["startedTime"] for report in reports)
    assert all(report["finishedTime"] > latest for report in reports)


def test_a_packed_environment_is_activated(hadoop: Hadoop, archive: Path) -> None:
    path = send(hadoop, archive)
    packed = ["--cacheArchive", f"{path}#env", "--python-env", "env"]
    code = "import sys; print(sys.prefix)"
    ended = hadoop.submit(*SMALL, *packed, "python", "-c", code)
    (line,) = printed(hadoop, ended)
    assert line.endswith("/env")


def test_an_environment_of_conda_is_activated_by_its_scripts(
    hadoop: Hadoop, archive: Path
) -> None:
    (archive / "conda-meta").mkdir()
    scripts = archive / "etc" / "conda" / "activate.d"
    scripts.mkdir(parents=True)
    (scripts / "one.sh").write_text('export MODELS="$CONDA_PREFIX/models"\n')
    (scripts / "two.sh").write_text('export MODELS="$MODELS:/more"\n')
    path = send(hadoop, archive)
    packed = ["--cacheArchive", f"{path}#env", "--python-env", "env"]
    code = "import os, sys; print(os.environ['MODELS'] == sys.prefix + '/models:/more')"
    ended = hadoop.submit(*SMALL, *packed, "python", "-c", code)
    assert printed(hadoop, ended) == ["True"]


def test_a_packed_environment_whose_python_is_not_here(
    hadoop: Hadoop, archive: Path
) -> None:
    for link in (archive / "bin").glob("python*"):
        link.unlink()
    (archive / "bin" / "python").symlink_to("/nowhere/bin/python3.2")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (archive / "lib" / version).rename(archive / "lib" / "python3.2")
    packed = ["--cacheArchive", f"{send(hadoop, archive)}#env", "--python-env", "env"]
    ended = hadoop.submit(*SMALL, *packed, "python", "-c", "1")
    assert_failed(
        hadoop,
        ended,
        "could not use its Python environment",
        "a link to `/nowhere/bin/python3.2`",
        "no `python3.2` on its PATH",
    )


def test_a_packed_environment_of_another_architecture(
    hadoop: Hadoop, archive: Path
) -> None:
    python = archive / "bin" / "python"
    data = bytearray(Path(os.path.realpath(python)).read_bytes())
    data[18:20] = (22).to_bytes(2, "little")
    python.unlink()
    python.write_bytes(bytes(data))
    python.chmod(0o755)
    packed = ["--cacheArchive", f"{send(hadoop, archive)}#env", "--python-env", "env"]
    ended = hadoop.submit(*SMALL, *packed, "python", "-c", "1")
    assert_failed(hadoop, ended, "the Python of `env` is for s390x, this node is")


def test_a_module_that_is_missing_is_named(hadoop: Hadoop, place: Path) -> None:
    job = [*SMALL, "--env", "1.0.txt", "python", "-c", "import tiny, nowhere"]
    ended = hadoop.submit(*job, cwd=place)
    assert_failed(hadoop, ended, "ModuleNotFoundError: No module named 'nowhere'")


def test_an_environment_that_cannot_be_built_asks_for_nothing(
    hadoop: Hadoop, place: Path
) -> None:
    (place / "r.txt").write_text("--no-index\nnowhere\n")
    ended = hadoop.submit(*SMALL, "--env", "r.txt", "true", cwd=place)
    assert_refused(ended, "r.txt` cannot be built", "found for nowhere")
