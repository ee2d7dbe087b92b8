"""Input lists, commits and tidying up, on the local disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.actions import CommitOutputs, CommitSave, DiscardOutputs
from xlearning.am.data import Data, Whereabouts
from xlearning.am.events import (
    CommitFailed,
    InputListed,
    InputUnusable,
    OutputsCommitted,
    OutputsDiscarded,
    SaveLost,
    SaveMade,
)
from xlearning.errors import ConnectionLost
from xlearning.io.local_storage import LocalStorage
from xlearning.io.locality import Near
from xlearning.io.manifest import (
    FileList,
    Manifest,
    SavedFile,
    SavedOutput,
    SavedTask,
    encode_list,
)
from xlearning.io.output import CommitPlan, Rename
from xlearning.io.storage import Storages
from xlearning.job.ids import TaskId
from xlearning.job.spec import (
    DataOptions,
    InputSpec,
    InputStrategy,
    JobOptions,
    OutputSpec,
    RestoreSpec,
    SaveOptions,
    decode_spec,
)

if TYPE_CHECKING:
    from tests.am.conftest import Ears
    from xlearning.am.surroundings import Surroundings
    from xlearning.io.storage import Writer
    from xlearning.job.spec import JobSpec


def on_disk(spec: JobSpec, ears: Ears) -> Data:
    return Data(spec, Storages({"fs.defaultFS": "file:///"}), ears)


def is_there(path: Path) -> bool:
    return path.exists()


async def test_equal_names_do_not_clash_where_nothing_is_fetched(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part-0").write_bytes(b"1")
    paths = tuple(f"file://{tmp_path}/{name}" for name in ("a", "b"))
    spec = replace(given.spec, inputs=(InputSpec("data", paths),))
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputUnusable)
    told = DataOptions(strategy=InputStrategy.PLACEHOLDER)
    await on_disk(replace(spec, data=told), ears).list_input()
    assert isinstance(await ears.next(), InputListed)


async def test_input_is_listed_and_shared_out(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "part-0").write_bytes(b"12345")
    spec = replace(given.spec, inputs=(InputSpec("data", (f"file://{tmp_path}/in",)),))
    await on_disk(spec, ears).list_input()
    listed = await ears.next()
    assert isinstance(listed, InputListed)
    (file,) = listed.shares["worker-0"]
    assert (file.relative_path, file.length) == ("part-0", 5)


async def test_input_is_near_the_tasks_where_it_is_known_to_be(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    for name in ("0", "1"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"12345")
    worker = replace(given.spec.role("worker"), count=2)
    paths = (f"file://{tmp_path}/in",)
    spec = replace(given.spec, roles=(worker,), inputs=(InputSpec("data", paths),))
    whereabouts = Whereabouts(
        lambda files: Near({f.uri: {f"n{f.relative_path}": 5} for f in files}),
        lambda: {TaskId("worker", 0): "n1"},
    )
    storages = Storages({"fs.defaultFS": "file:///"})
    await Data(spec, storages, ears, whereabouts).list_input()
    listed = await ears.next()
    assert isinstance(listed, InputListed)
    assert [file.relative_path for file in listed.shares["worker-0"]] == ["1"]
    assert listed.near == {"worker-0": {"n1": 5}, "worker-1": {"n0": 5}}


async def test_records_are_split_and_shared_out(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / name).write_bytes(b"1\n" * 10)
    worker = replace(given.spec.role("worker"), count=2)
    spec = replace(
        given.spec,
        roles=(worker,),
        inputs=(InputSpec("data", (f"file://{tmp_path}/in",)),),
        data=DataOptions(strategy=InputStrategy.STREAM),
    )
    await on_disk(spec, ears).list_input()
    listed = await ears.next()
    assert isinstance(listed, InputListed)
    assert listed.shares == {}
    names = {
        task: [each.split.pieces[0].uri.rpartition("/")[2] for each in splits]
        for task, splits in listed.splits.items()
    }
    assert names == {"worker-0": ["a"], "worker-1": ["b"]}


async def test_what_a_format_refuses_ends_the_job(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    (tmp_path / "in").touch()
    spec = replace(
        given.spec,
        inputs=(InputSpec("data", (f"file://{tmp_path}/in",)),),
        outputs=(OutputSpec(f"file://{tmp_path}/out", "m"),),
        data=DataOptions(strategy=InputStrategy.STREAM),
    )
    wrong = {"mapreduce.input.fileinputformat.split.maxsize": "much"}
    storages = Storages({"fs.defaultFS": "file:///"})
    await Data(spec, storages, ears, hadoop=wrong).list_input()
    refused = await ears.next()
    assert isinstance(refused, InputUnusable)
    assert "much" in refused.reason
    assert refused.claimed


async def test_a_job_without_input_has_an_empty_list(
    given: Surroundings, ears: Ears
) -> None:
    await on_disk(given.spec, ears).list_input()
    assert await ears.next() == InputListed({})


async def test_outputs_are_claimed_before_anything_runs(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    spec = replace(given.spec, outputs=(OutputSpec(f"file://{tmp_path}/out", "m"),))
    await on_disk(spec, ears).list_input()
    assert await ears.next() == InputListed({})
    assert is_there(tmp_path / "out" / "_temporary")
    written = Path(given.spec.staging_url.removeprefix("file://")) / "job.json"
    assert decode_spec(written.read_bytes()) == spec
    assert written.stat().st_mode & 0o777 == 0o600


async def test_an_output_that_is_replaced_stays_until_then(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o750)
    (out / "older").touch()
    spec = replace(
        given.spec,
        outputs=(OutputSpec(f"file://{out}", "m"),),
        data=DataOptions(overwrite_output=True),
    )
    data = on_disk(spec, ears)
    await data.list_input()
    assert await ears.next() == InputListed({})
    new = tmp_path / f".out.new.{spec.application_id}"
    assert is_there(new / "_temporary")
    assert new.stat().st_mode & 0o777 == 0o750
    await data.discard(DiscardOutputs((f"file://{out}",)))
    assert await ears.next() == OutputsDiscarded()
    assert not is_there(new)
    assert is_there(out / "older")


async def test_an_output_that_has_come_into_being_is_left_alone(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    urls = (f"file://{tmp_path}/out", f"file://{theirs}")
    spec = replace(given.spec, outputs=tuple(OutputSpec(url, "m") for url in urls))
    await on_disk(spec, ears).list_input()
    told = await ears.next()
    assert isinstance(told, InputUnusable)
    assert told.reason.startswith("output cannot be written: ")
    assert is_there(theirs)
    assert not is_there(tmp_path / "out")


async def test_a_claim_is_given_up_with_the_input(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    spec = replace(
        given.spec,
        inputs=(InputSpec("data", (f"file://{tmp_path}/gone",)),),
        outputs=(OutputSpec(f"file://{tmp_path}/out", "m"),),
    )
    data = on_disk(spec, ears)
    await data.list_input()
    told = await ears.next()
    assert isinstance(told, InputUnusable)
    assert told.claimed
    assert is_there(tmp_path / "out"), "nothing is deleted before it is in the journal"
    await data.discard(DiscardOutputs((f"file://{tmp_path}/out",)))
    assert not is_there(tmp_path / "out")


async def test_missing_input_is_told(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    gone = InputSpec("data", (f"file://{tmp_path}/gone",))
    await on_disk(replace(given.spec, inputs=(gone,)), ears).list_input()
    told = await ears.next()
    assert isinstance(told, InputUnusable)
    assert "gone" in told.reason
    assert not told.claimed


async def test_outputs_are_committed_once(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "_temporary" / "worker-0-0").mkdir(parents=True)
    (out / "_temporary" / "worker-0-0" / "model").write_bytes(b"weights")
    url = f"file://{out}"
    plan = CommitPlan((url,), (Rename(f"{url}/_temporary/worker-0-0", f"{url}/m"),))
    await on_disk(given.spec, ears).commit(CommitOutputs(plan))
    assert await ears.next() == OutputsCommitted()
    assert (out / "m" / "model").read_bytes() == b"weights"
    assert (out / "_SUCCESS").exists()
    assert not (out / "_temporary").exists()


async def test_an_output_that_is_gone_fails_the_commit(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/out"
    plan = CommitPlan((url,), (Rename(f"{url}/_temporary/worker-0-0", f"{url}/m"),))
    await on_disk(given.spec, ears).commit(CommitOutputs(plan))
    told = await ears.next()
    assert isinstance(told, CommitFailed)
    assert "worker-0-0" in told.reason


async def test_what_was_uploaded_in_vain_is_deleted(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "_temporary" / "worker-0-0").mkdir(parents=True)
    await on_disk(given.spec, ears).discard(DiscardOutputs((f"file://{out}",)))
    assert await ears.next() == OutputsDiscarded()
    assert not is_there(out)


def a_save(out: Path, name: str) -> CommitSave:
    """Write what an agent writes for a save of one file."""
    url = f"file://{out}"
    temporary = out / "_temporary" / f"save-{name}"
    (temporary / "worker-0").mkdir(parents=True)
    (temporary / "worker-0" / "model").write_bytes(b"weights")
    (temporary / "_save").mkdir()
    files = FileList("worker-0", (SavedFile("model", 7, 1, 0o644),))
    (temporary / "_save" / "worker-0.json").write_bytes(encode_list(files))
    manifest = Manifest(
        application_id="application_1700000000000_0001",
        name=name,
        made_ms=0,
        who="alice",
        counts={"worker": 1},
        tasks=(SavedTask("worker", 0, "c1"),),
        outputs=(SavedOutput(url, "model", f"{url}/interResult_{name}"),),
    )
    return CommitSave(1, manifest, (f"file://{temporary}",), SaveOptions(keep=1))


FIRST, SECOND = "2026_01_01_00_00_00", "2026_01_01_00_00_01"


async def test_a_save_gets_its_name_and_older_ones_are_deleted(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    data, out = on_disk(given.spec, ears), tmp_path / "out"
    await data.commit_save(a_save(out, FIRST))
    assert await ears.next() == SaveMade(1)
    await data.commit_save(a_save(out, SECOND))
    assert await ears.next() == SaveMade(1, (FIRST,))
    assert names_in(out) == ["_temporary", f"interResult_{SECOND}"]
    kept = out / f"interResult_{SECOND}" / "worker-0" / "model"
    assert kept.read_bytes() == b"weights"


async def test_a_save_that_cannot_get_its_name_is_deleted(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / f"interResult_{FIRST}").mkdir(parents=True)
    await on_disk(given.spec, ears).commit_save(a_save(out, FIRST))
    told = await ears.next()
    assert isinstance(told, SaveLost)
    assert "is there already" in told.reason
    assert names_in(out / "_temporary") == []


async def test_old_saves_that_cannot_be_deleted_do_no_harm(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    class Stubborn(LocalStorage):
        def delete(self, path: str, recursive: bool = False) -> bool:
            raise PermissionError(13, "Permission denied", path)

    out = tmp_path / "out"
    await on_disk(given.spec, ears).commit_save(a_save(out, FIRST))
    await ears.next()
    data = Data(given.spec, lambda _: Stubborn(), ears)
    await data.commit_save(a_save(out, SECOND))
    assert await ears.next() == SaveMade(1)
    await data.discard_save((f"file://{out}",))
    assert names_in(out)[1:] == [f"interResult_{n}" for n in (FIRST, SECOND)]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_an_output_with_saves_is_only_claimed_to_go_on_from_one(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / f"interResult_{FIRST}").mkdir(parents=True)
    url = f"file://{out}"
    spec = replace(given.spec, outputs=(OutputSpec(url, "model"),))
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputUnusable)
    spec = replace(spec, restore=(RestoreSpec("model", f"{url}/interResult_{FIRST}"),))
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputListed)
    shutil.rmtree(out / "_temporary")
    (out / "something").touch()
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputUnusable)


async def test_a_later_attempt_claims_what_is_ours_and_nothing_else(
    given: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/out"
    spec = replace(given.spec, outputs=(OutputSpec(url, "model"),))
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputListed)
    (tmp_path / "out" / "_temporary" / "worker-0-0").mkdir()
    await on_disk(spec, ears).list_input()
    assert isinstance(await ears.next(), InputListed)
    other = replace(spec, application_id="application_1700000000000_0002")
    await on_disk(other, ears).list_input()
    assert isinstance(await ears.next(), InputUnusable)
    assert (tmp_path / "out" / "_temporary" / "worker-0-0").is_dir()


async def test_the_staging_folder_is_deleted_unless_it_is_to_stay(
    given: Surroundings, ears: Ears
) -> None:
    folder = Path(given.spec.staging_url.removeprefix("file://"))
    kept = replace(given.spec, options=JobOptions(cleanup_staging=False))
    await on_disk(kept, ears).delete_staging()
    assert is_there(folder)
    await on_disk(given.spec, ears).delete_staging()
    assert not is_there(folder)


async def test_agents_find_where_an_attempt_listens(
    given: Surroundings, ears: Ears
) -> None:
    await on_disk(given.spec, ears).publish_address(2, "n1", 4000)
    folder = Path(given.spec.staging_url.removeprefix("file://"))
    written = json.loads((folder / "am.json").read_bytes())
    assert written == {"attempt": 2, "host": "n1", "port": 4000}


async def test_an_address_is_published_when_the_file_system_is_back(
    given: Surroundings, ears: Ears
) -> None:
    """Without it no agent finds a later attempt."""

    class Away(LocalStorage):
        tries = 0

        def write(
            self, path: str, data: bytes, mode: int = 0o644, overwrite: bool = False
        ) -> None:
            self.tries += 1
            if self.tries == 1:
                raise ConnectionLost("the NameNode is in safe mode")
            super().write(path, data, mode, overwrite)

    away = Away()
    await Data(given.spec, lambda _: away, ears).publish_address(2, "n1", 4000)
    folder = Path(given.spec.staging_url.removeprefix("file://"))
    assert json.loads((folder / "am.json").read_bytes())["attempt"] == 2


async def test_tidying_up_that_fails_ends_nothing(
    given: Surroundings, ears: Ears
) -> None:
    lost = replace(
        given.spec,
        staging_url="s3://nowhere/staging",
        outputs=(OutputSpec("s3://nowhere/out", "model"),),
    )
    data = on_disk(lost, ears)
    await data.delete_staging()
    await data.discard(DiscardOutputs(("s3://nowhere/out",)))
    assert await ears.next() == OutputsDiscarded()
    assert ears.is_quiet


async def test_an_address_that_may_not_be_published_ends_nothing(
    given: Surroundings, ears: Ears
) -> None:
    class Denied(LocalStorage):
        def create(
            self, path: str, mode: int = 0o644, overwrite: bool = False
        ) -> Writer:
            raise PermissionError(13, "Permission denied", path)

    data = Data(given.spec, lambda _: Denied(), ears)
    await data.publish_address(1, "n1", 4000)
    assert ears.is_quiet
