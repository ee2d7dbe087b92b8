"""A running job asked for a save, and the saves of an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_logs import MASTER, tfile_of
from tests.client.test_watch import snapshot
from tests.io.conftest import Place
from tests.io.test_saves import DIRECTORY, NAMES, Maker
from xlearning.client.logs import Places
from xlearning.client.saves import (
    SaveFailed,
    Saving,
    saves_of_job,
    saves_of_output,
)
from xlearning.errors import ClusterError, ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.io.storage import Storages
from xlearning.job.outputs import OUTPUTS_FILE, Outputs, encode_outputs
from xlearning.job.snapshot import SaveView
from xlearning.job.states import JobPhase, SaveState

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.hadoop.rest import ResourceManagerRest

UNDER_WAY = SaveView(4, NAMES[0], SaveState.SAVING, "alice")
COMPLETE = msgspec.structs.replace(UNDER_WAY, state=SaveState.COMPLETE, files=3)
FAILED = msgspec.structs.replace(
    UNDER_WAY, state=SaveState.FAILED, problem="worker 0: disk full"
)


class Clock:
    """Lets a save come further with every pause."""

    def __init__(self, script: Script, *saves: SaveView) -> None:
        self._script = script
        self._saves = iter(saves)
        self(0.0)

    def __call__(self, pause_s: float) -> None:
        saves = (next(self._saves),)
        self._script.snapshot = msgspec.structs.replace(snapshot(), saves=saves)


@pytest.fixture
def running(script: Script) -> Script:
    """Return a job that runs."""
    script.states = ["RUNNING"]
    return script


def test_a_save_is_asked_for(running: Script, rest: ResourceManagerRest) -> None:
    running.snapshot = snapshot()
    assert Saving(rest, APPLICATION).ask() == 4
    assert running.bodies == [{"token": "t0ken"}]


def test_a_save_that_cannot_be_is_refused_in_the_masters_words(
    running: Script, rest: ResourceManagerRest
) -> None:
    running.snapshot, running.saving = snapshot(), None
    with pytest.raises(ClusterError, match="the model cannot be saved: no output"):
        Saving(rest, APPLICATION).ask()


def test_it_is_waited_for(running: Script, rest: ResourceManagerRest) -> None:
    other = msgspec.structs.replace(FAILED, number=3)
    clock = Clock(running, other, UNDER_WAY, COMPLETE)
    assert Saving(rest, APPLICATION, clock).wait(4) == COMPLETE


def test_one_that_was_forgotten_is_not_waited_for_for_ever(
    running: Script, rest: ResourceManagerRest
) -> None:
    other = msgspec.structs.replace(COMPLETE, number=3)
    clock = Clock(running, *[other] * 100)
    with pytest.raises(SaveFailed, match="has no save number 4"):
        Saving(rest, APPLICATION, clock).wait(4)


def test_a_master_that_has_just_begun_need_not_know_it(
    running: Script, rest: ResourceManagerRest
) -> None:
    started = msgspec.structs.replace(snapshot(), phase=JobPhase.STARTING)
    running.snapshot, pauses = started, iter(range(100))

    def pause(_: float) -> None:
        if next(pauses) == 99:
            running.snapshot = msgspec.structs.replace(snapshot(), saves=(COMPLETE,))

    assert Saving(rest, APPLICATION, pause).wait(4) == COMPLETE


def test_one_that_fails_is_an_error(running: Script, rest: ResourceManagerRest) -> None:
    clock = Clock(running, UNDER_WAY, FAILED)
    with pytest.raises(SaveFailed, match=r"was not saved .*: worker 0: disk full"):
        Saving(rest, APPLICATION, clock).wait(4)


@pytest.mark.parametrize(
    ("state", "words"),
    [("FINISHED", "has ended"), ("ACCEPTED", "does not run yet")],
)
def test_a_job_that_does_not_run_is_not_saved(
    script: Script, rest: ResourceManagerRest, state: str, words: str
) -> None:
    script.states = [state]
    with pytest.raises(ConfigError, match=words):
        Saving(rest, APPLICATION).ask()


def test_a_running_job_tells_its_saves(
    running: Script, rest: ResourceManagerRest
) -> None:
    running.snapshot = msgspec.structs.replace(snapshot(), saves=(FAILED, COMPLETE))
    assert saves_of_job(Places(rest, Storages({}), {}), APPLICATION) == (
        FAILED,
        COMPLETE,
    )


class Left:
    """What YARN has collected of an ended job, with saves on the local disk."""

    def __init__(self, rest: ResourceManagerRest, folder: Path) -> None:
        self._logs = folder / "logs"
        hadoop = {"yarn.nodemanager.remote-app-log-dir": str(self._logs)}
        self.places = Places(rest, Storages({"fs.defaultFS": "file:///"}), hadoop)

    def collect(self, **files: bytes) -> None:
        bucket = self._logs / "alice" / "bucket-logs-tfile" / "0001" / APPLICATION
        bucket.mkdir(parents=True)
        (bucket / "nm1_45454").write_bytes(tfile_of(((MASTER, files),)))


def test_an_ended_job_has_the_saves_that_are_left(
    script: Script, rest: ResourceManagerRest, tmp_path: Path
) -> None:
    script.states = ["FINISHED"]
    maker = Maker(Place(LocalStorage(), str(tmp_path)), ("out", "logs"))
    maker.make(0, {"a": "1"})
    urls = (maker.place.url("out"), maker.place.url("logs"))
    left = Left(rest, tmp_path / "yarn")
    left.collect(**{OUTPUTS_FILE: encode_outputs(Outputs(urls, DIRECTORY))})
    (save,) = saves_of_job(left.places, APPLICATION)
    assert (save.name, save.state) == (NAMES[0], SaveState.COMPLETE)
    assert save.urls == (maker.url(0, "out"), maker.url(0, "logs"))


@pytest.mark.parametrize("urls", [(), ("file:///nowhere/out",)])
def test_an_ended_job_may_have_saved_nothing(
    script: Script,
    rest: ResourceManagerRest,
    tmp_path: Path,
    urls: tuple[str, ...],
) -> None:
    script.states = ["FINISHED"]
    left = Left(rest, tmp_path)
    left.collect(**{OUTPUTS_FILE: encode_outputs(Outputs(urls, DIRECTORY))})
    assert saves_of_job(left.places, APPLICATION) == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (None, "YARN has not collected them"),
        ({"stdout": b""}, "they are not there"),
        ({OUTPUTS_FILE: b"{}"}, "Object missing required field"),
    ],
)
def test_where_an_ended_job_wrote_may_be_forgotten(
    script: Script,
    rest: ResourceManagerRest,
    tmp_path: Path,
    files: dict[str, bytes] | None,
    why: str,
) -> None:
    script.states = ["FINISHED"]
    left = Left(rest, tmp_path)
    if files is not None:
        left.collect(**files)
    with pytest.raises(ConfigError, match=f"has ended, and its logs .*: {why}") as told:
        saves_of_job(left.places, APPLICATION)
    assert "`xl saves OUTPUT`" in str(told.value.hint)


def test_the_saves_of_an_output_are_found_without_a_job(tmp_path: Path) -> None:
    maker = Maker(Place(LocalStorage(), str(tmp_path)), ("out", "logs"))
    maker.make(0, {"a": "1"})
    maker.make(1, {"a": "1"})
    maker.place.storage.delete(maker.url(1, "logs"), recursive=True)
    url = maker.place.url("out")
    one, other = saves_of_output(maker.place.lookup, url, DIRECTORY)
    assert (one.name, one.state, one.urls) == (
        NAMES[0],
        SaveState.COMPLETE,
        (maker.url(0),),
    )
    assert (other.state, "is missing" in other.problem) == (SaveState.FAILED, True)


def test_an_output_that_is_not_there_is_told(tmp_path: Path) -> None:
    place = Place(LocalStorage(), str(tmp_path))
    with pytest.raises(ConfigError, match=r"`.*/out` does not exist"):
        saves_of_output(place.lookup, place.url("out"), DIRECTORY)
    (tmp_path / "out").mkdir()
    assert saves_of_output(place.lookup, place.url("out"), DIRECTORY) == ()


def test_an_output_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    class Closed(LocalStorage):
        def list(self, path: str) -> tuple[()]:
            raise PermissionError(13, "Permission denied", path)

    with pytest.raises(ConfigError, match="cannot be looked at"):
        saves_of_output(lambda _: Closed(), f"file://{tmp_path}/out", DIRECTORY)
