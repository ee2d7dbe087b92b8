"""Moves the task's data: its share in, its outputs out, `am.json` when it is needed.

Everything that knows a file system is imported here, late: an agent without data never
loads it. All functions block and are called in threads; `stop` ends them early.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from xlearning.container.assignment import Upload
from xlearning.job.environment import AM_FILE
from xlearning.job.spec import InputStrategy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from xlearning.container.assignment import Assignment, Output
    from xlearning.container.watch import Moved
    from xlearning.io.storage import StorageLookup
    from xlearning.io.transfer import Retrying
    from xlearning.io.waits import Waits
    from xlearning.job.spec import RestoreSpec


@dataclass(frozen=True, slots=True)
class Transfers:
    """The transfers of one container.

    Attributes:
        folder: The working directory.
        moved: What counts the bytes.
        waits: Told what is tried again.
        restored: Told each file that is there from a save.
        stop: Set to end what is under way.
    """

    folder: Path
    moved: Moved
    waits: Waits
    restored: Callable[[str], None] = lambda _: None
    stop: Event = field(default_factory=Event)

    def fetch(self, assignment: Assignment) -> None:
        """Make the task's directories and download its share.

        Raises:
            XLearningError: A file could not be fetched.
            OSError: A directory could not be made.
        """
        downloads = assignment.job.data.strategy is InputStrategy.DOWNLOAD
        for alias in assignment.aliases if downloads else ():
            (self.folder / alias).mkdir(parents=True, exist_ok=True)
        if assignment.job.data.create_output_dirs:
            for output in assignment.job.outputs:
                self._local(output.local).mkdir(parents=True, exist_ok=True)
        for each in assignment.job.restore:
            self._restore(assignment, each)
        if assignment.inputs and downloads:
            self._download(assignment)

    def save(self, assignment: Assignment) -> tuple[Upload, ...]:
        """Upload the task's outputs, all at once.

        Raises:
            XLearningError: A file could not be uploaded.
        """
        self.moved.begin(sum(self._size(output) for output in assignment.outputs))
        storages = _storages(assignment)
        with ThreadPoolExecutor(len(assignment.outputs), "output") as pool:
            uploads = pool.map(
                lambda output: self._upload(assignment, output, storages),
                assignment.outputs,
            )
        return tuple(uploads)

    def _download(self, assignment: Assignment) -> None:
        from xlearning.io.download import DownloadOptions, download
        from xlearning.io.splits import InputFile

        data = assignment.job.data
        # With --input-cache YARN has brought them.
        share = tuple(
            InputFile(
                alias=file.alias,
                uri=file.url,
                length=file.length,
                relative_path=file.relative_path,
                modified_ms=file.modified_ms,
            )
            for file in assignment.inputs
            if not (self.folder / file.alias / file.relative_path).exists()
        )
        self.moved.begin(sum(file.length for file in share))
        options = DownloadOptions(
            threads=data.download_threads,
            retrying=self._retrying(assignment),
            renamed_at_ms=time.time_ns() // 1_000_000 if data.rename_input else None,
            progress=self.moved.add,
            stop=self.stop,
        )
        download(share, self.folder, _storages(assignment), options)

    def _restore(self, assignment: Assignment, given: RestoreSpec) -> None:
        from xlearning.io.download import DownloadOptions
        from xlearning.io.restore import part_of, restore

        data = assignment.job.data
        options = DownloadOptions(
            threads=data.download_threads,
            retrying=self._retrying(assignment),
            progress=self.moved.add,
            stop=self.stop,
        )
        local, storages = self._local(given.local), _storages(assignment)
        part = part_of(given.url, assignment.task, storages, options)
        self.moved.begin(part.bytes)
        restore(part, local, storages, options)
        for file in part.files.files:
            self.restored(str(local / file.path))

    def _upload(
        self, assignment: Assignment, output: Output, storages: StorageLookup
    ) -> Upload:
        from xlearning.io.upload import UploadOptions, upload

        data = assignment.job.data
        options = UploadOptions(
            threads=data.upload_threads,
            retrying=self._retrying(assignment),
            progress=self.moved.add,
            stop=self.stop,
        )
        local = self._local(output.local)
        summary = upload(local, output.upload_url, storages, options)
        return Upload(output.url, summary.files, summary.bytes)

    def _retrying(self, assignment: Assignment) -> Retrying:
        from xlearning.io.transfer import OUTAGE_S, Retrying

        retries = assignment.job.data.retries
        return Retrying(retries, outage_s=OUTAGE_S, waits=self.waits)

    def _local(self, local: str) -> Path:
        from xlearning.io.output import local_name

        return self.folder / local_name(local)

    def _size(self, output: Output) -> int:
        files = self._local(output.local).rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())


def read_am_file(
    staging_url: str, hadoop: Mapping[str, str], user: str | None
) -> bytes | None:
    """Return the content of `am.json`, None when there is none.

    Raises:
        XLearningError: No server answers.
        OSError: It cannot be read.
    """
    from xlearning.io.storage import storage_for

    storage = storage_for(staging_url, hadoop, user)
    path = f"{storage.path(staging_url)}/{AM_FILE}"
    return None if storage.stat(path) is None else storage.read(path)


def _storages(assignment: Assignment) -> StorageLookup:
    from xlearning.io.storage import Storages

    return Storages(assignment.hadoop, assignment.job.user)
