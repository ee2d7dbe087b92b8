from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_watch import snapshot
from xlearning.client import logs
from xlearning.client.logs import LogReader, Places, Wish
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storage

MASTER = "container_1700000000000_0001_01_000001"
WORKER = "container_1700000000000_0001_01_000002"
STRAY = "container_1700000000000_0001_01_000003"


def storages(_url: str) -> Storage:
    return LocalStorage()


@dataclasses.dataclass
class Shown:
    """What a reader showed."""

    lines: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Story:
    """A job whose logs are read."""

    script: Script
    rest: ResourceManagerRest
    root: Path

    def run_with(self, state: TaskState = TaskState.RUNNING, /, **files: bytes) -> None:
        """Let worker 0 run, with these files."""
        view = snapshot(state=state)
        tasks = tuple(
            msgspec.structs.replace(task, container_id=WORKER) for task in view.tasks
        )
        self.script.snapshot = msgspec.structs.replace(view, tasks=tasks)
        self.script.states = ["RUNNING"]
        self.script.logs = {("worker-0", name): data for name, data in files.items()}

    def end_with(self, *containers: tuple[str, dict[str, bytes]]) -> None:
        """Let the job end, with these files of containers."""
        self.script.states = ["FINISHED"]
        bucket = self.root / "alice" / "bucket-logs-tfile" / "0001" / APPLICATION
        bucket.mkdir(parents=True)
        (bucket / "nm1_45454").write_bytes(tfile_of(containers))

    def show(self, **wish: Any) -> Shown:
        """Show what was wished for."""
        shown = Shown()
        hadoop = {"yarn.nodemanager.remote-app-log-dir": str(self.root)}
        reader = LogReader(
            Places(self.rest, storages, hadoop),
            APPLICATION,
            Wish(**wish),
            emit=lambda line: shown.lines.append(line.prefixed()),
            note=shown.notes.append,
        )
        reader.show()
        return shown


@pytest.fixture
def story(script: Script, rest: ResourceManagerRest, tmp_path: Path) -> Story:
    return Story(script, rest, tmp_path)


def vint(number: int) -> bytes:
    """Write a number as TFile does (`Utils.writeVLong`), large ones in five bytes."""
    if number < 128:
        return bytes([number])
    return bytes([256 - 125]) + number.to_bytes(4, "big")


def tfile_of(containers: tuple[tuple[str, dict[str, bytes]], ...]) -> bytes:
    """Write a TFile as a NodeManager does, without compression."""

    def utf(text: str) -> bytes:
        return len(text).to_bytes(2, "big") + text.encode()

    def chunked(data: bytes) -> bytes:
        return vint(len(data)) + data

    records = b""
    for container, files in containers:
        value = b"".join(
            utf(name) + utf(str(len(data))) + data for name, data in files.items()
        )
        records += chunked(utf(container)) + chunked(value)
    magic = bytes.fromhex("d111d36891b5d7b639df414092bae150")
    block_at = len(magic)
    index_at = block_at + len(records)
    size = vint(len(records))
    index = chunked(b"none") + vint(1) + vint(block_at) + size + size
    meta_at = index_at + len(index)
    region = vint(index_at) + vint(len(index)) + vint(len(index))
    meta = vint(1) + chunked(b"data:BCFile.index") + chunked(b"none") + region
    tail = meta_at.to_bytes(8, "big") + b"\0\1\0\0" + magic
    return magic + records + index + meta + tail


ENDED = (
    (MASTER, {"stdout": b"am\n", "tasks.json": f'{{"{WORKER}":"worker-0"}}'.encode()}),
    (STRAY, {"stdout": b"whose?\n"}),
    (WORKER, {"stderr": b"warn", "stdout": b"one\ntwo\n", "agent.log": b"agent\n"}),
)


def test_a_running_jobs_files_are_read_to_their_end(story: Story) -> None:
    story.run_with(stdout=b"epoch 1\nepoch 2\n", stderr=b"warning")
    shown = story.show()
    assert shown.lines == [
        "[worker 0] epoch 1",
        "[worker 0] epoch 2",
        "[worker 0] warning",
    ]


def test_the_tail_of_a_running_job(story: Story) -> None:
    story.run_with(stdout=b"a\nb\nc\nd\n")
    assert story.show(files=("stdout",), tail=2).lines == [
        "[worker 0] c",
        "[worker 0] d",
    ]


def test_a_file_that_is_missing_is_noted(story: Story) -> None:
    story.run_with(stdout=b"a\n")
    shown = story.show()
    assert shown.lines == ["[worker 0] a"]
    assert len(shown.notes) == 1
    assert "worker-0, stderr" in shown.notes[0]


def test_nothing_printed_yet_is_said(story: Story) -> None:
    story.run_with(stdout=b"", stderr=b"")
    assert story.show() == Shown([], [f"{APPLICATION}: nothing was printed yet"])


def test_what_is_waited_for_is_said_where_nothing_runs(story: Story) -> None:
    story.script.states = ["RUNNING"]
    view = snapshot(state=TaskState.WAITING, waiting=("worker 0 wants a container",))
    tasks = tuple(msgspec.structs.replace(each, container_id="") for each in view.tasks)
    story.script.snapshot = msgspec.structs.replace(view, tasks=tasks)
    assert story.show() == Shown([], ["Waiting: worker 0 wants a container"])


def test_the_log_of_an_ended_task_comes_later(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "POLL_S", 0.01)
    story.run_with(TaskState.SUCCEEDED)
    view = story.script.snapshot
    assert view is not None
    tasks = tuple(msgspec.structs.replace(each, started_ms=1) for each in view.tasks)
    story.script.snapshot = msgspec.structs.replace(view, tasks=tasks)
    assert story.show().notes == [
        "worker-0 has ended: its log can be read again after the job"
    ]
    story.end_with(*ENDED)
    story.script.states = ["RUNNING", "RUNNING", "FINISHED"]
    shown = story.show(tasks=("worker-0",), follow=True)
    assert shown == Shown(
        ["[worker 0] one", "[worker 0] two", "[worker 0] warn"], notes=[]
    )


def test_following_goes_on_with_the_collected_logs(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "POLL_S", 0.01)
    story.end_with(*ENDED)
    story.run_with(stdout=b"one\nt")
    story.script.states = ["RUNNING", "RUNNING", "FINISHED"]
    shown = story.show(files=("stdout",), follow=True)
    assert shown.lines == [
        "[worker 0] one",
        "[worker 0] two",
        f"[{STRAY}] whose?",
    ]


def test_an_ended_jobs_files_are_named_by_task(story: Story) -> None:
    story.end_with(*ENDED)
    assert story.show().lines == [
        "[worker 0] one",
        "[worker 0] two",
        "[worker 0] warn",
        f"[{STRAY}] whose?",
    ]


def test_tasks_files_and_tails_are_chosen(story: Story) -> None:
    story.end_with(*ENDED)
    assert story.show(tasks=("am",)).lines == ["[am] am"]
    chosen = story.show(tasks=("worker-0",), files=("agent.log",))
    assert chosen.lines == ["[worker 0] agent"]
    tail = story.show(tasks=(WORKER,), files=("stdout",), tail=1)
    assert tail.lines == ["[worker 0] two"]


def test_the_master_is_the_container_that_wrote_down_the_tasks(story: Story) -> None:
    story.end_with((WORKER, ENDED[0][1]), (STRAY, {"stdout": b"whose?\n"}))
    assert story.show(tasks=("am",)).lines == ["[am] am"]


def test_the_masters_log_is_shown_where_nothing_else_is(story: Story) -> None:
    story.end_with((MASTER, {"stdout": b"am\n", "stderr": b"Traceback\n"}))
    assert story.show().lines == ["[am] am", "[am] Traceback"]


def test_a_silent_job_that_ended_well_shows_nothing(story: Story) -> None:
    story.end_with((MASTER, {"stderr": b"am\n"}), (WORKER, {"stdout": b""}))
    assert story.show() == Shown([], [f"{APPLICATION}: nothing was printed"])
    story.script.final_status = "FAILED"
    assert story.show().lines == ["[am] am"]


def test_a_file_that_is_unknown_is_refused(story: Story) -> None:
    story.end_with(*ENDED)
    with pytest.raises(ConfigError, match=r"has no log `train\.log`") as found:
        story.show(files=("train.log",))
    assert found.value.hint == "its logs are agent.log, stderr, stdout, tasks.json"


def test_a_task_that_is_unknown_is_refused(story: Story) -> None:
    story.end_with(*ENDED)
    with pytest.raises(ConfigError, match="no task `ps-7`") as found:
        story.show(tasks=("ps-7",))
    assert found.value.hint == "its tasks are am, worker-0"


def test_collection_is_waited_for(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "POLL_S", 0.01)
    story.end_with(*ENDED)
    story.script.aggregation = ["NOT_START", "RUNNING", "RUNNING", "SUCCEEDED"]
    shown = story.show(tasks=("worker-0",), files=("stdout",))
    assert shown.lines == ["[worker 0] one", "[worker 0] two"]
    assert shown.notes == ["Waiting until YARN has collected the logs"]


def test_a_cluster_that_does_not_collect_says_so(story: Story) -> None:
    story.script.states = ["FINISHED"]
    story.script.aggregation = ["DISABLED"]
    with pytest.raises(ConfigError, match="does not collect"):
        story.show()


def test_logs_that_are_gone_are_missed(story: Story) -> None:
    story.script.states = ["FINISHED"]
    with pytest.raises(ConfigError, match="there are no logs"):
        story.show()


def test_a_job_that_waits_has_no_logs_yet(story: Story) -> None:
    story.script.states = ["ACCEPTED"]
    shown = story.show()
    assert shown == Shown([], [f"{APPLICATION} is ACCEPTED: nothing runs yet"])
