"""A save put back into a local folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.test_saves import TASK, Maker
from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.download import DownloadOptions
from xlearning.io.manifest import (
    Manifest,
    SavedOutput,
    SavedTask,
    encode_list,
    list_url,
    temporary_save_url,
)
from xlearning.io.restore import part_of, restore
from xlearning.io.save import save_folder
from xlearning.io.saves import complete
from xlearning.io.transfer import Retrying
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.conftest import Place

OPTIONS = DownloadOptions(retrying=Retrying(retries=0))


def test_what_was_saved_comes_back_as_it_was(place: Place, tmp_path: Path) -> None:
    model = tmp_path / "model"
    (model / "ckpt" / "empty").mkdir(parents=True)
    (model / "ckpt" / "1 ü").write_bytes(b"weights")
    (model / "run.sh").write_bytes(b"")
    (model / "run.sh").chmod(0o750)
    temporary = temporary_save_url(place.url("out"), "2026_01_01_00_00_00")
    saved = save_folder(model, temporary, "c1", place.lookup)
    place.storage.write(list_url(temporary, TASK), encode_list(saved.files))
    url = place.url("out/interResult_2026_01_01_00_00_00")
    manifest = Manifest(
        application_id="application_1700000000000_0001",
        name="2026_01_01_00_00_00",
        made_ms=0,
        who="alice",
        counts={"worker": 2},
        tasks=(SavedTask("worker", 0, "c1"),),
        outputs=(SavedOutput(place.url("out"), "model", url),),
    )
    complete(place.lookup, manifest, [temporary])
    back = tmp_path / "back" / "model"
    part = part_of(url, TASK, place.lookup, OPTIONS)
    assert (set(part.places), part.bytes) == ({"ckpt/1 ü", "run.sh"}, 7)
    restore(part, back, place.lookup)
    assert (back / "ckpt" / "1 ü").read_bytes() == b"weights"
    assert (back / "ckpt" / "empty").is_dir()
    old, new = (model / "run.sh").stat(), (back / "run.sh").stat()
    assert (old.st_mode, old.st_mtime_ns) == (new.st_mode, new.st_mtime_ns)
    nothing = part_of(url, TaskId("worker", 1), place.lookup, OPTIONS)
    assert (nothing.files.files, nothing.bytes) == ((), 0)


def test_a_save_that_is_gone_is_told(local_place: Place) -> None:
    maker = Maker(local_place)
    maker.make(0, {"a": "1"})
    local_place.storage.delete(list_url(maker.url(0), TASK))
    with pytest.raises(ConfigError, match="is damaged"):
        part_of(maker.url(0), TASK, local_place.lookup, OPTIONS)
    local_place.storage.delete(uris.join(maker.url(0)), recursive=True)
    with pytest.raises(ConfigError, match="is no save"):
        part_of(maker.url(0), TASK, local_place.lookup, OPTIONS)
