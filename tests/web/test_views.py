"""A job as HTML: all facts are there, none of them is markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from xlearning.job.snapshot import Message, SaveView, TaskView, Waiting
from xlearning.job.states import JobPhase, Outcome, SaveState, TaskState
from xlearning.web.views import fragment, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.snapshot import JobSnapshot

    Maker = Callable[..., JobSnapshot]

NOW_MS = 1_700_000_005_000
BASE = "/proxy/application_1700000000000_0001/"


class Reader(HTMLParser):
    """Reads a page: its tags, their attributes, its text; checks that tags close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "base", "link"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text, one piece a line."""
        return "\n".join(self.texts)

    def count(self, tag: str) -> int:
        """Return how often a tag occurs."""
        return sum(name == tag for name, _ in self.tags)


def test_a_page_is_whole_and_all_its_links_are_relative(snapshot_of: Maker) -> None:
    read = Reader(page(snapshot_of(), BASE))
    attributes = dict(read.tags)
    assert attributes["base"] == {"href": BASE}
    assert attributes["link"]["href"] == "static/job.css"
    assert attributes["script"]["src"] == "static/job.js"
    assert "Tensorflow Application application_1700000000000_0001" in read.texts


def test_the_facts_of_a_running_job(snapshot_of: Maker) -> None:
    read = Reader(fragment(snapshot_of(progress=0.25)))
    for fact in (
        "a job",
        "RUNNING",
        "alice",
        "default",
        "5 s",
        "2023-11-14 22:13:20 UTC",
    ):
        assert fact in read.texts
    assert "25%" in read.text
    assert read.count("button") == 1
    # Nothing is waited for, written or said.
    for heading in ("Waiting on", "Outputs", "Messages"):
        assert heading not in read.texts


@pytest.mark.parametrize("phase", JobPhase)
def test_only_what_still_runs_can_be_stopped(
    snapshot_of: Maker, phase: JobPhase
) -> None:
    buttons = Reader(fragment(snapshot_of(phase=phase))).count("button")
    assert buttons == (phase in (JobPhase.STARTING, JobPhase.RUNNING))


def test_a_job_that_has_ended_says_how_and_why(snapshot_of: Maker) -> None:
    job = snapshot_of(
        phase=JobPhase.ENDED,
        outcome=Outcome.FAILED,
        diagnostics="worker 0 exited with code 3",
    )
    read = Reader(fragment(job))
    assert "FAILED" in read.texts
    assert "worker 0 exited with code 3" in read.texts


def test_a_task_with_all_its_facts(snapshot_of: Maker) -> None:
    task = TaskView(
        role="worker",
        index=3,
        try_number=1,
        state=TaskState.FAILED,
        container_id="container_2",
        host="n1",
        log_url="http://n1:8042/node/containerlogs/container_2/alice",
        address="n1:20000",
        gpus=("GPU-1", "GPU-2"),
        started_ms=NOW_MS,
        ended_ms=NOW_MS + 1000,
        progress=0.5,
        memory_mb=7,
        peak_memory_mb=9,
        moved_bytes=1024,
        total_bytes=2048,
        cause="exited with code 3",
    )
    read = Reader(fragment(snapshot_of(tasks=(task,))))
    assert ("a", {"href": task.log_url}) in read.tags
    for fact in (
        "worker 3 (try 1)",
        "✗ FAILED",
        "container_2",
        "n1:20000",
        "GPU-1, GPU-2",
        "2023-11-14 22:13:26 UTC",
        "50.00%",
        "1.00 of 2.00 KiB",
        "7 (9)",
        "exited with code 3",
    ):
        assert fact in read.texts


def test_a_task_without_a_container_shows_empty_places(snapshot_of: Maker) -> None:
    read = Reader(
        fragment(snapshot_of(tasks=(TaskView("ps", 0, 0, TaskState.WAITING),)))
    )
    assert "ps 0" in read.texts
    assert "· WAITING" in read.texts
    assert "N/A" in read.texts
    assert read.count("a") == 0


SAVE = SaveView(
    1,
    "2023_11_14_22_13_20",
    SaveState.COMPLETE,
    "al<i>ce",
    urls=("hdfs://nn/out/interResult_1", "hdfs://nn/logs/interResult_1"),
    started_ms=NOW_MS,
    tasks=2,
    done=2,
    files=3,
    bytes=2048,
    copied_bytes=1024,
)


def saves_shown(snapshot_of: Maker, *saves: SaveView, obstacle: str = "") -> Reader:
    outputs = ("hdfs://nn/out",)
    shown = snapshot_of(outputs=outputs, saves=saves, save_obstacle=obstacle)
    return Reader(fragment(shown))


def buttons(shown: Reader) -> list[dict[str, str | None]]:
    """Return the attributes of all buttons but the one that stops the job."""
    found = [attributes for tag, attributes in shown.tags if tag == "button"]
    return [attributes for attributes in found if attributes.get("id") != "stop"]


def test_saves_are_listed_the_newest_first(snapshot_of: Maker) -> None:
    failed = replace(
        SAVE, number=2, state=SaveState.FAILED, problem="disk full", copied_bytes=0
    )
    text = saves_shown(snapshot_of, SAVE, failed).text
    for words in (
        "✓ COMPLETE",
        "hdfs://nn/logs/interResult_1",
        "al<i>ce",
        "2.00 KiB",
        "copied 1.00 KiB",
    ):
        assert words in text
    assert text.index("disk full") < text.index("✓ COMPLETE")
    assert "✗ FAILED" in text


def test_a_save_that_is_being_made_tells_how_far_it_is(snapshot_of: Maker) -> None:
    made = replace(SAVE, state=SaveState.SAVING, bytes=0, copied_bytes=3 << 20)
    assert "copied 3.00 MiB so far" in saves_shown(snapshot_of, made).text


def test_files_that_are_not_in_a_save_are_named(snapshot_of: Maker) -> None:
    left = replace(SAVE, left_out=("worker 0: model/log",), left_out_count=4)
    text = saves_shown(snapshot_of, left).text
    assert "4 left out, always changing: worker 0: model/log" in text


def test_the_model_can_be_saved_when_it_is_not_just_being_saved(
    snapshot_of: Maker,
) -> None:
    assert buttons(saves_shown(snapshot_of)) == [{"id": "save", "type": "button"}]
    done = saves_shown(snapshot_of, SAVE)
    assert buttons(done) == [{"id": "save", "type": "button"}]
    assert "saved the model completed!" in done.text
    saving = replace(SAVE, state=SaveState.SAVING, done=1)
    busy = saves_shown(snapshot_of, saving)
    assert buttons(busy) == [{"type": "button", "disabled": None}]
    assert "saving the model ... 1/2" in busy.text
    barred = saves_shown(snapshot_of, obstacle="none of the tasks runs")
    assert buttons(barred) == [{"type": "button", "disabled": None}]
    assert "none of the tasks runs" in barred.text


def test_without_an_output_there_is_nothing_to_save(snapshot_of: Maker) -> None:
    assert "Save Model" not in fragment(snapshot_of())


def test_what_is_tried_again_says_until_when(snapshot_of: Maker) -> None:
    lost = Waiting("`a`: nobody", NOW_MS - 9000, "the file system", NOW_MS + 1000)
    text = Reader(fragment(snapshot_of(waiting_on=(lost,)))).text
    assert "`a`: nobody" in text
    assert "(for 9 s; the file system; tried until 2023-11-14 22:13:26 UTC)" in text


def test_what_is_waited_for_written_and_said(snapshot_of: Maker) -> None:
    job = snapshot_of(
        waiting_on=(Waiting("2 workers wait", NOW_MS - 61_000, "queue prod"),),
        outputs=("hdfs://nn:8020/out",),
        messages=(Message(1, NOW_MS, "first"), Message(2, NOW_MS, "second")),
    )
    text = Reader(fragment(job)).text
    assert "(for 1 min 01 s; queue prod)" in text
    assert "hdfs://nn:8020/out" in text
    assert text.index("second") < text.index("first"), "the newest line comes first"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (59, "59 s"),
        (60, "1 min 00 s"),
        (3600, "1 h 00 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_durations(snapshot_of: Maker, seconds: int, text: str) -> None:
    job = snapshot_of(now_ms=NOW_MS + seconds * 1000, started_ms=NOW_MS)
    assert text in Reader(fragment(job)).texts


HOSTILE = st.text(max_size=6).map(lambda text: f"<i>\"'&{text}</i>")


@given(HOSTILE)
@settings(deadline=None)
def test_whatever_users_and_programs_say_is_text(snapshot_of: Maker, said: str) -> None:
    task = TaskView(
        said,
        0,
        0,
        TaskState.FAILED,
        container_id=said,
        host=said,
        log_url=f"http://{said}",
        address=said,
        gpus=(said,),
        cause=said,
    )
    job = snapshot_of(
        name=said,
        application_id=said,
        application_type=said,
        user=said,
        queue=said,
        tasks=(task,),
        waiting_on=(Waiting(said, 0, said),),
        outputs=(said,),
        diagnostics=said,
        messages=(Message(1, 0, said),),
    )
    assert Reader(page(job, f"/{said}/")).count("i") == 0
