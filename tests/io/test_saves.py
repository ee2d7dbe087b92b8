"""Saves made complete, found, thinned out and looked into, on every file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.local_storage import LocalStorage
from xlearning.io.manifest import (
    FileList,
    Manifest,
    SavedFile,
    SavedOutput,
    SavedTask,
    encode_list,
    list_url,
    manifest_url,
    save_url,
    temporary_save_url,
)
from xlearning.io.saves import (
    complete,
    files_of,
    find_saves,
    look_at,
    prune,
    sources,
)
from xlearning.io.transfer import Retrying, TransferFailed
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place

DIRECTORY = "/interResult_"
NAMES = [f"2026_01_01_00_00_{second:02}" for second in range(9)]
TASK = TaskId("worker", 0)
AT_ONCE = Retrying(retries=1, first_pause_s=0)


class Maker:
    """Makes saves as agents and the ApplicationMaster do."""

    def __init__(self, place: Place, outputs: tuple[str, ...] = ("out",)) -> None:
        self.place = place
        self.outputs = outputs

    def url(self, number: int, output: str = "out") -> str:
        return save_url(self.place.url(output), DIRECTORY, NAMES[number])

    def write(
        self, number: int, files: Mapping[str, str], previous: int | None = None
    ) -> tuple[Manifest, list[str]]:
        """Write what agents write; files whose content is "" are taken over."""
        temporary = []
        for output in self.outputs:
            url = temporary_save_url(self.place.url(output), NAMES[number])
            temporary.append(url)
            self._write_part(url, files)
        manifest = Manifest(
            application_id="application_1700000000000_0001",
            name=NAMES[number],
            made_ms=0,
            who="alice",
            counts={"worker": 1},
            tasks=(SavedTask("worker", 0, "c1"),),
            outputs=tuple(
                SavedOutput(self.place.url(o), o, self.url(number, o))
                for o in self.outputs
            ),
            previous="" if previous is None else NAMES[previous],
        )
        return manifest, temporary

    def _write_part(self, url: str, files: Mapping[str, str]) -> None:
        listed = []
        storage = self.place.storage
        for path, text in files.items():
            name, digest = path.partition("=")[::2]
            listed.append(SavedFile(name, 1, 1, 0o644, digest or "d", taken=not text))
            if text:
                storage.write(uris.join(url, "c1", name), text.encode())
        content = encode_list(FileList("c1", tuple(listed)))
        storage.write(list_url(url, TASK), content)

    def make(
        self, number: int, files: Mapping[str, str], previous: int | None = None
    ) -> Manifest:
        manifest, temporary = self.write(number, files, previous)
        assert complete(self.place.lookup, manifest, temporary, AT_ONCE)
        return manifest

    def read(self, number: int) -> dict[str, bytes]:
        """Return the content of a save's files, wherever they are."""
        _, places = files_of(self.place.lookup, self.url(number), TASK)
        return {name: self.place.storage.read(url) for name, url in places.items()}

    def plain(self, number: int) -> set[str]:
        """Return the files that are in a save's own folder."""
        url = uris.join(self.url(number), "c1")
        root = self.place.storage.path(url)
        found = self.place.storage.walk(url)
        return {uris.relative_to(s.path, root) for s in found if not s.is_dir}

    def found(self) -> list[tuple[str, str]]:
        url = self.place.url("out")
        saves = find_saves(self.place.lookup, url, DIRECTORY)
        return [(save.manifest.name, save.problem) for save in saves]


def test_a_save_is_there_under_its_name_or_not_at_all(place: Place) -> None:
    maker = Maker(place)
    manifest, temporary = maker.write(0, {"a": "1", "b/c": "2"})
    assert maker.found() == []
    assert complete(place.lookup, manifest, temporary, AT_ONCE)
    assert maker.found() == [(NAMES[0], "")]
    assert maker.read(0) == {"a": b"1", "b/c": b"2"}
    assert look_at(place.lookup, maker.url(0)).manifest == manifest
    assert place.storage.stat(place.at("out/_temporary/save-" + NAMES[0])) is None


def test_what_was_made_complete_can_be_made_so_again(local_place: Place) -> None:
    maker = Maker(local_place)
    manifest, temporary = maker.write(0, {"a": "1"})
    place = local_place.lookup

    class Forgetful(LocalStorage):
        """Renames, and then loses the answer."""

        def __init__(self) -> None:
            self.lost = iter([True])

        def rename(self, source: str, target: str) -> None:
            super().rename(source, target)
            if uris.base_name(source).startswith("save-") and next(self.lost, False):
                raise OSError(5, "lost")

    storage = Forgetful()
    assert complete(lambda _: storage, manifest, temporary, AT_ONCE)
    assert look_at(place, maker.url(0)).manifest == manifest


def test_where_renames_take_time_the_manifest_comes_last(local_place: Place) -> None:
    maker = Maker(local_place)
    manifest, temporary = maker.write(0, {"a": "1", "b": "2"})

    class Slow(LocalStorage):
        """Moves a folder and lets others look before the answer, which gets lost."""

        renames_at_once = False

        def __init__(self) -> None:
            self.seen: list[object] = []

        def rename(self, source: str, target: str) -> None:
            super().rename(source, target)
            if uris.base_name(source).startswith("save-"):
                self.seen.append(maker.found())
                raise OSError(5, "lost")

    storage = Slow()
    assert complete(lambda _: storage, manifest, temporary, AT_ONCE)
    assert storage.seen == [[]]
    assert maker.found() == [(NAMES[0], "")]


def test_a_part_that_is_gone_is_told(local_place: Place) -> None:
    maker = Maker(local_place)
    manifest, temporary = maker.write(0, {"a": "1"})
    local_place.storage.delete(temporary[0], recursive=True)
    with pytest.raises(FileNotFoundError):
        complete(local_place.lookup, manifest, temporary, AT_ONCE)
    assert maker.found() == []


def test_a_name_that_is_taken_is_left_alone(place: Place) -> None:
    maker = Maker(place)
    maker.make(0, {"a": "1"})
    manifest, temporary = maker.write(0, {"a": "2"})
    manifest = msgspec.structs.replace(manifest, who="bob")
    with pytest.raises(TransferFailed, match="is there already"):
        complete(place.lookup, manifest, temporary, AT_ONCE)
    assert maker.read(0) == {"a": b"1"}


# ---- several outputs


def test_a_save_of_two_outputs_is_complete_when_both_are_there(place: Place) -> None:
    maker = Maker(place, ("out", "logs"))
    maker.make(0, {"a": "1"})
    assert maker.found() == [(NAMES[0], "")]
    assert sources(look_at(place.lookup, maker.url(0))) == {
        "out": maker.url(0),
        "logs": maker.url(0, "logs"),
    }
    place.storage.delete(maker.url(0, "logs"), recursive=True)
    assert maker.found() == [(NAMES[0], f"`{maker.url(0, 'logs')}` is missing")]


def test_nothing_is_left_when_the_second_one_fails(local_place: Place) -> None:
    maker = Maker(local_place, ("out", "logs"))
    manifest, temporary = maker.write(0, {"a": "1"})
    local_place.storage.mkdirs(maker.url(0, "logs"))
    with pytest.raises(TransferFailed):
        complete(local_place.lookup, manifest, temporary, AT_ONCE)
    assert maker.found() == []
    assert local_place.storage.stat(maker.url(0)) is None


# ---- incremental


def test_the_newest_save_is_whole_and_older_ones_are_found_in_it(
    place: Place,
) -> None:
    maker = Maker(place)
    maker.make(0, {"a": "1", "b/c": "2", "d": "3"})
    maker.make(1, {"a": "", "b/c": "", "d=changed": "4"}, previous=0)
    maker.make(2, {"a": "", "d=changed": ""}, previous=1)
    assert maker.plain(2) == {"a", "d"}
    assert maker.plain(1) == {"b/c"}
    assert maker.plain(0) == {"d"}
    assert maker.read(0) == {"a": b"1", "b/c": b"2", "d": b"3"}
    assert maker.read(1) == {"a": b"1", "b/c": b"2", "d": b"4"}
    assert maker.read(2) == {"a": b"1", "d": b"4"}


def test_it_can_be_read_before_all_files_have_moved(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1", "b": "2"})
    manifest, temporary = maker.write(1, {"a": "", "b": ""}, previous=0)

    class Half(LocalStorage):
        """Cannot move one of the files."""

        def rename(self, source: str, target: str) -> None:
            if target.endswith("/b"):
                raise PermissionError(13, "Permission denied", target)
            super().rename(source, target)

    assert not complete(lambda _: Half(), manifest, temporary, AT_ONCE)
    assert (maker.plain(0), maker.plain(1)) == ({"b"}, {"a"})
    for number in (0, 1):
        assert maker.read(number) == {"a": b"1", "b": b"2"}


def test_a_save_on_what_somebody_deleted_is_none(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1"})
    local_place.storage.delete(uris.join(maker.url(0), "c1", "a"))
    manifest, temporary = maker.write(1, {"a": ""}, previous=0)
    with pytest.raises(TransferFailed, match=r"`.*/c1/a`, which was saved before, is"):
        complete(local_place.lookup, manifest, temporary, AT_ONCE)
    assert [name for name, _ in maker.found()] == [NAMES[0]]


def test_a_file_that_is_nowhere_is_named(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1"})
    maker.make(1, {"a": ""}, previous=0)
    local_place.storage.delete(maker.url(1), recursive=True)
    with pytest.raises(TransferFailed, match="`a` of worker 0 is not in"):
        maker.read(0)


def test_another_file_of_the_same_name_is_not_taken_for_it(
    local_place: Place,
) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1", "b": "2"})
    local_place.storage.delete(uris.join(maker.url(0), "c1", "a"))
    maker.make(1, {"a=changed": "7"})
    with pytest.raises(TransferFailed):
        maker.read(0)


# ---- how many are kept


def test_the_oldest_are_deleted_in_all_outputs(place: Place) -> None:
    maker = Maker(place, ("out", "logs"))
    for number in range(3):
        manifest = maker.make(number, {"a": "1"})
    place.fill({f"out/interResult_{NAMES[8]}/mine": b"no save"})
    assert prune(place.lookup, manifest, DIRECTORY, 0) == ()
    assert prune(place.lookup, manifest, DIRECTORY, 2) == (NAMES[0],)
    assert [name for name, _ in maker.found()] == NAMES[1:3]
    assert place.storage.stat(maker.url(0, "logs")) is None
    assert place.storage.stat(place.at(f"out/interResult_{NAMES[8]}/mine"))


def test_deleting_the_oldest_harms_no_newer_one(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1", "b": "2"})
    maker.make(1, {"a": "", "b=x": "3"}, previous=0)
    manifest = maker.make(2, {"a": "", "b=x": ""}, previous=1)
    prune(local_place.lookup, manifest, DIRECTORY, 2)
    assert maker.read(1) == maker.read(2) == {"a": b"1", "b": b"3"}


# ---- what is no save


def test_an_output_without_saves_has_none(place: Place) -> None:
    assert Maker(place).found() == []
    place.fill({"out/model": b"x", f"out/interResult_{NAMES[0]}": b"a file"})
    assert Maker(place).found() == []
    with pytest.raises(ConfigError, match="is no save") as caught:
        look_at(place.lookup, place.url("out"))
    assert "_save/manifest.json" in str(caught.value.hint)


def test_a_manifest_that_cannot_be_read_is_told(local_place: Place) -> None:
    url = Maker(local_place).url(0)
    local_place.storage.write(manifest_url(url), b"{")
    with pytest.raises(ConfigError, match="cannot be read"):
        Maker(local_place).found()


def test_a_save_of_one_output_may_have_been_copied(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1"})
    copied = local_place.url("copied")
    local_place.storage.rename(maker.url(0), copied)
    assert sources(look_at(local_place.lookup, copied)) == {"out": copied}
    _, places = files_of(local_place.lookup, copied, TASK)
    assert places == {"a": f"{copied}/c1/a"}
