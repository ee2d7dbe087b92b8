"""Copies the task's outputs for a save, in a thread, while the trainer writes them.

What it knows of earlier saves lives as long as the agent: another try copies all anew.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from xlearning.container.assignment import SaveResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.container.assignment import Assignment, SaveOrder, SavePlace
    from xlearning.container.marks import Marks
    from xlearning.io.manifest import SavedFile
    from xlearning.io.save import SavedFolder, SaveOptions
    from xlearning.io.storage import StorageLookup

NAMES_TOLD = 5
"""Of files that are not in a save."""

_Known = dict[str, "Mapping[str, SavedFile]"]


class Saver:
    """Makes the saves of one container, one at a time."""

    def __init__(self, folder: Path, marks: Marks) -> None:
        """Save local folders below the working directory."""
        self._folder = folder
        self._marks = marks
        self._known: dict[int, _Known] = {}
        self._stop = Event()

    def begin(self) -> Event:
        """Return what ends the save that is begun now."""
        self._stop = Event()
        return self._stop

    def cut(self) -> None:
        """End the save that is under way soon."""
        self._stop.set()

    def save(self, order: SaveOrder, assignment: Assignment, stop: Event) -> SaveResult:
        """Copy all outputs; to be called in a thread.

        Raises:
            XLearningError: A file could not be copied, or `stop` was set.
            OSError: The file system refused.
        """
        from xlearning.io.storage import Storages

        storages = Storages(assignment.hadoop, assignment.job.user)
        known = self._known.get(order.previous, {})
        saved = {}
        for place in order.places:
            options = self._options(assignment, place, known, stop)
            saved[place.local] = self._copy(place, storages, options)
        if assignment.job.saves.incremental:
            self._remember(order, saved)
        return _result(order.number, saved)

    def _options(
        self, assignment: Assignment, place: SavePlace, known: _Known, stop: Event
    ) -> SaveOptions:
        from xlearning.io.save import SaveOptions
        from xlearning.io.transfer import Retrying

        data = assignment.job.data
        local = self._local(place.local)
        return SaveOptions(
            threads=data.upload_threads,
            retrying=Retrying(data.retries),
            known=known.get(place.local, {}),
            digests=assignment.job.saves.incremental,
            marks=lambda: self._marks.below(str(local)),
            stop=stop,
        )

    def _copy(
        self, place: SavePlace, storages: StorageLookup, options: SaveOptions
    ) -> SavedFolder:
        from xlearning.io.manifest import encode_list
        from xlearning.io.save import save_folder
        from xlearning.io.transfer import persist

        local = self._local(place.local)
        saved = save_folder(local, place.url, place.folder, storages, options)
        content = encode_list(saved.files)
        storage = storages(place.list_url)
        persist(
            lambda: storage.write(place.list_url, content, overwrite=True),
            options.retrying,
            options.stop,
        )
        return saved

    def _remember(self, order: SaveOrder, saved: Mapping[str, SavedFolder]) -> None:
        """Keep what this save has, and the one that the next may still build on."""
        files = {
            local: {file.path: file for file in folder.files.files}
            for local, folder in saved.items()
        }
        before = self._known.get(order.previous)
        self._known = {order.number: dict(files)}
        if before is not None:
            self._known[order.previous] = before

    def _local(self, local: str) -> Path:
        from xlearning.io.output import local_name

        return self._folder / local_name(local)


def _result(number: int, saved: Mapping[str, SavedFolder]) -> SaveResult:
    names = [
        f"{local}/{path}" for local, each in saved.items() for path in each.left_out
    ]
    return SaveResult(
        number,
        files=sum(len(each.files.files) for each in saved.values()),
        bytes=sum(each.bytes for each in saved.values()),
        copied_bytes=sum(each.copied_bytes for each in saved.values()),
        left_out=tuple(names[:NAMES_TOLD]),
        left_out_count=len(names),
    )
