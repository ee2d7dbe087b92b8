"""Copies the task's outputs for a save, in a thread, while the trainer writes them.

What it knows of earlier saves lives as long as the agent: another try copies all anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from xlearning.container.assignment import SaveResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.container.assignment import Assignment, SaveOrder, SavePlace
    from xlearning.container.marks import Marks
    from xlearning.container.watch import Moved
    from xlearning.io.manifest import SavedFile
    from xlearning.io.save import SavedFolder, SaveOptions
    from xlearning.io.storage import StorageLookup
    from xlearning.io.waits import Waits

NAMES_TOLD = 5
"""Of files that are not in a save."""

_Known = Sequence["Mapping[str, SavedFile]"]
"""The files of each output, by path."""


class Saver:
    """Makes the saves of one container, one at a time."""

    def __init__(self, folder: Path, marks: Marks, waits: Waits, copied: Moved) -> None:
        """Save local folders below the working directory.

        Args:
            folder: The working directory.
            marks: The files that the program has marked as complete.
            waits: Told what is tried again.
            copied: Counts the bytes of each save.
        """
        self._folder = folder
        self._waits = waits
        self._copied = copied
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
        known = self._known.get(order.previous) or [{} for _ in order.places]
        self._copied.begin(0)
        saved = [
            self._copy(
                place, storages, self._options(assignment, place.local, files, stop)
            )
            for place, files in zip(order.places, known, strict=True)
        ]
        self._copied.begin(0)
        if assignment.job.saves.incremental:
            self._remember(order, saved)
        return _result(order, saved)

    def _options(
        self,
        assignment: Assignment,
        local: str,
        known: Mapping[str, SavedFile],
        stop: Event,
    ) -> SaveOptions:
        from xlearning.io.save import SaveOptions
        from xlearning.io.transfer import OUTAGE_S, Retrying

        data = assignment.job.data
        folder = str(self._local(local))
        return SaveOptions(
            threads=data.upload_threads,
            retrying=Retrying(data.retries, outage_s=OUTAGE_S, waits=self._waits),
            known=known,
            digests=assignment.job.saves.incremental,
            marks=lambda: self._marks.below(folder),
            progress=self._copied.add,
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
            f"`{place.list_url}` could not be written",
        )
        return saved

    def _remember(self, order: SaveOrder, saved: Sequence[SavedFolder]) -> None:
        """Keep what this save has, and the one that the next may still build on."""
        before = self._known.get(order.previous)
        files = [{file.path: file for file in each.files.files} for each in saved]
        self._known = {order.number: files}
        if before is not None:
            self._known[order.previous] = before

    def _local(self, local: str) -> Path:
        from xlearning.io.output import local_name

        return self._folder / local_name(local)


def _result(order: SaveOrder, saved: Sequence[SavedFolder]) -> SaveResult:
    names = [
        f"{place.local}/{path}"
        for place, each in zip(order.places, saved, strict=True)
        for path in each.left_out
    ]
    return SaveResult(
        order.number,
        files=sum(len(each.files.files) for each in saved),
        bytes=sum(each.bytes for each in saved),
        copied_bytes=sum(each.copied_bytes for each in saved),
        left_out=tuple(names[:NAMES_TOLD]),
        left_out_count=len(names),
    )
