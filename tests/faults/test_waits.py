"""HDFS goes away while a job moves its data: everybody is told, and it goes on."""

from __future__ import annotations

import getpass
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from tests.e2e.hadoop import Hadoop
from tests.e2e.waiting import eventually
from xlearning.job.snapshot import decode_snapshot
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.submission import Running
    from tests.faults.conftest import Hurt
    from xlearning.job.snapshot import JobSnapshot, Waiting

pytestmark = [pytest.mark.hadoop, pytest.mark.timeout(420)]

FILES, BYTES = 400, 256 << 10
"""So many that the NameNode is asked all the time."""
READ = ["--launch-cmd", "sh -c 'while read -r line; do sleep 0.03; done'"]
STREAM = ["--input-strategy", "STREAM", "--inputformat", "text"]
SLOWLY = ["--conf", "xlearning.download.file.thread.nums=1"]
COPY = ["--launch-cmd", "sh -c 'cp data/* output/'"]
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]


@pytest.fixture
def hadoop(hurt: Hurt, tmp_path_factory: pytest.TempPathFactory) -> Hadoop:
    """The cluster, seen by a user."""
    return Hadoop(hurt.cluster, getpass.getuser(), tmp_path_factory.mktemp("clients"))


@pytest.fixture
def given(hurt: Hurt) -> Iterator[str]:
    """Many small files, each with its number at its beginning."""

    def write(number: int) -> None:
        content = f"{number:04}".encode().ljust(BYTES - 1, b".") + b"\n"
        hurt.storage.write(f"/waits/in/{number:04}", content)

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(write, range(FILES)))
    yield hurt.storage.url("/waits")
    hurt.storage.delete("/waits", recursive=True)


class Job:
    """A job that runs while its NameNode is killed and started."""

    def __init__(self, hurt: Hurt, client: Running) -> None:
        self._hurt = hurt
        self.client = client
        self._url = f"{hurt.cluster.rm_url}/proxy/{client.application_id()}/api/job"

    def seen(self) -> JobSnapshot | None:
        """Return the job, None before it can be seen."""
        assert self.client.process.poll() is None, self.client.seen().text
        answer = requests.get(self._url, timeout=30, allow_redirects=False)
        return decode_snapshot(answer.content) if answer.ok and answer.text else None

    def in_state(self, state: TaskState) -> None:
        """Wait until its only task is in a state."""

        def reached() -> bool:
            found = self.seen() if self._begun() else None
            return found is not None and found.tasks[0].state is state

        eventually(reached, lambda: self.client.seen().text, 120)

    def _begun(self) -> bool:
        return "(state: RUNNING)" in self.client.seen().text

    def retried(self) -> Waiting | None:
        """Return what the job shows of what it tries again."""
        found = self.seen()
        waits = found.waiting_on if found else ()
        return next((each for each in waits if "trying again" in each.what), None)

    def survive_an_outage(self, word: str) -> tuple[Waiting, str]:
        """Return what is shown during an outage; wait until it is shown no more.

        The other part is what the client has said with a word in it.
        """
        self._hurt.cluster.kill("namenode")
        try:
            shown = eventually(self.retried, lambda: str(self.seen()), 60)
            assert shown is not None
            said = eventually(
                lambda: self._told(word), lambda: self.client.seen().text, 60
            )
        finally:
            self._hurt.cluster.start("namenode")
        eventually(lambda: self.retried() is None, lambda: str(self.seen()), 90)
        return shown, said

    def _told(self, word: str) -> str:
        lines = self.client.seen().text.splitlines()
        said = (line for line in lines if "trying again" in line and word in line)
        return next(said, "")


def test_a_namenode_that_is_away_is_what_the_job_waits_for(
    hurt: Hurt, hadoop: Hadoop, given: str
) -> None:
    data = ["--input", f"{given}/in#data", "--output", f"{given}/out#output"]
    job = Job(hurt, hadoop.start("xl-submit", *SMALL, *SLOWLY, *data, *COPY))
    nobody = f"`{hurt.storage.root}` cannot be reached: "
    job.in_state(TaskState.LOCALISING)
    shown, said = job.survive_an_outage("could not be fetched")
    assert shown.what.startswith(f"worker 0 trying again: `{given}/in/0"), shown
    assert "could not be fetched to `data/0" in shown.what
    assert nobody in shown.what
    assert 200_000 < shown.until_ms - shown.since_ms <= 300_000
    assert "tried until" in said
    job.in_state(TaskState.SAVING)
    shown, said = job.survive_an_outage("could not be uploaded")
    assert shown.what.startswith("worker 0 trying again: `"), shown
    assert f"could not be uploaded to `{given}/out/_temporary" in shown.what
    assert nobody in shown.what
    assert "tried until" in said
    ended = job.client.wait()
    assert ended.code == 0, ended.text
    names = [e.path for e in hurt.storage.walk("/waits/out") if not e.is_dir]
    assert len([name for name in names if "_SUCCESS" not in name]) == FILES
    sample = next(name for name in names if name.endswith("/0123"))
    assert hurt.storage.read(sample)[:4] == b"0123"


def test_so_is_one_that_is_away_while_a_program_reads_records(
    hurt: Hurt, hadoop: Hadoop, given: str
) -> None:
    data = ["--input", f"{given}/in#data"]
    job = Job(hurt, hadoop.start("xl-submit", *SMALL, *STREAM, *data, *READ))
    job.in_state(TaskState.RUNNING)
    shown, said = job.survive_an_outage("could not be read")
    assert shown.what.startswith(f"worker 0 trying again: `{given}/in/0"), shown
    assert f"could not be read: `{hurt.storage.root}` cannot be reached: " in shown.what
    assert "tried until" in said
    ended = job.client.wait()
    assert ended.code == 0, ended.text
