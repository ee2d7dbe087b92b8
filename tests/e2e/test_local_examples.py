"""Examples of types with processes of their own, on a one-machine YARN.

Each is a row of `make test-frameworks`; here no Hadoop runs. Its numbers have to be
those of one process, and it has to fail without one of its processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.local_yarn import LocalYarn
from tests.run_frameworks.job import DATA, EXAMPLES, results_in, run_alone
from tests.run_frameworks.pythons import bin_folder
from tests.run_frameworks.rows import ROWS
from xlearning.cluster.artifacts import cache_folder, lib_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.submission import Ended
    from tests.run_frameworks.row import Row

HADOOP = "3.5.0"
CASES = {
    row.name: row
    for row in ROWS
    if row.framework in ("mpi", "tensornet", "xdl", "horovod")
    and "x 2" not in row.layout
}

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(300)]


@pytest.fixture
def yarn(tmp_path: Path) -> Iterator[LocalYarn]:
    """A one-machine YARN."""
    found = LocalYarn(tmp_path)
    yield found
    found.down()


@pytest.fixture(params=CASES, ids=[row.type for row in CASES.values()])
def row(request: pytest.FixtureRequest) -> Row:
    """A row; one is left out where what it needs takes minutes to make."""
    chosen = CASES[request.param]
    if (
        chosen.type == "HOROVOD"
        and not (cache_folder() / "frameworks/horovod").is_dir()
    ):
        pytest.skip("Horovod is not compiled: scripts/ensure-framework horovod")
    if chosen.type == "XDL" and not lib_folder(HADOOP).is_dir():
        pytest.skip("there are no jars of Hadoop, and so no ZooKeeper: make java")
    return chosen


def submit(yarn: LocalYarn, row: Row, before: str = "") -> Ended:
    """Run a row's job, with something before its program."""
    folder = EXAMPLES / row.folder
    path = f"xlearning.container.env.PATH={bin_folder(row.framework)}"
    jars = f"xlearning.container.env.ZOOKEEPER_HOME={lib_folder(HADOOP)}"
    return yarn.submit(
        *("--app-type", row.type.lower(), "--am-memory", "512M"),
        *("--conf", path, "--conf", jars, "--input", f"{DATA.as_uri()}#data"),
        *("--files", ",".join(str(folder / name) for name in row.files)),
        *(*row.options, "--", "sh", "-c", f"{before}exec {row.command}"),
    )


def test_its_numbers_are_those_of_one_process(
    yarn: LocalYarn, row: Row, tmp_path: Path
) -> None:
    ended = submit(yarn, row)
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    logs = yarn.start("xl", "logs", ended.application_id, "--stdout").wait()
    row.check(results_in(logs.stdout.splitlines()), run_alone(row, tmp_path))


def test_it_fails_without_one_of_its_processes(yarn: LocalYarn, row: Row) -> None:
    ended = submit(yarn, row, f'[ "$XL_ROLE-$XL_INDEX" != {row.removed} ] || exit 0; ')
    assert ended.code == 2, ended.text
    assert "failed" in ended.text.lower()
