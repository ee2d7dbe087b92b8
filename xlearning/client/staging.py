"""Puts a job's files into its own folder on the file system.

The folder is `<root>/<application id>/`, for its owner only; the folders above it are
made for everybody, like /tmp. Files go up side by side: to close one takes half a
second on a small cluster. Whoever fails removes the folder.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from xlearning.client.plan import RoleFile, completed_job
from xlearning.errors import ConfigError
from xlearning.job.spec import LocalFile, ResourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xlearning.client.plan import CacheEntry, SubmissionPlan, Upload
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.job.spec import JobSpec, RuntimeSpec

PRIVATE_FOLDER = 0o700
SHARED_FOLDER = 0o1777
THREADS = 16
FILES_FOLDER = "files"
ROLES_FOLDER = "roles"
"""Of files that only some roles get."""


class StagingArea:
    """One job's folder: made, filled, and removed again where that fails."""

    def __init__(self, plan: SubmissionPlan, application_id: str) -> None:
        """Name the folder; nothing is touched yet."""
        self._plan = plan
        self._application_id = application_id
        self.root = plan.staging_root.rstrip("/")
        self.url = f"{self.root}/{application_id}"

    def fill(
        self,
        storages: StorageLookup,
        runtime: Callable[[], RuntimeSpec],
        archives: Iterable[RoleFile] = (),
    ) -> JobSpec:
        """Make the folder, put everything there and return the whole job.

        Args:
            storages: Finds the file system of a URL.
            runtime: Provides our Python on the nodes, meanwhile.
            archives: What is in the user's own folder already.

        Raises:
            ConfigError: A file cannot be read, or the folder cannot be written.
        """
        storage = storages(self.root)
        now_ms = int(time.time() * 1000)
        storage.mkdirs(self.root, SHARED_FOLDER)
        storage.mkdirs(self.url, PRIVATE_FOLDER)
        with ThreadPoolExecutor(THREADS) as pool:
            uploads = [
                pool.submit(self._put, storage, upload, now_ms)
                for upload in self._plan.uploads
            ]
            cache = [
                pool.submit(cache_file, storages, entry) for entry in self._plan.cache
            ]
            spec = runtime()
            for each in uploads:
                each.result()
            return completed_job(
                self._plan,
                self._application_id,
                staging_url=self.url,
                runtime=spec,
                files=(
                    *(self._uploaded(upload, now_ms) for upload in self._plan.uploads),
                    *(
                        RoleFile(each.result(), entry.roles)
                        for each, entry in zip(cache, self._plan.cache, strict=True)
                    ),
                    *archives,
                ),
            )

    def remove(self, storages: StorageLookup) -> bool:
        """Delete the folder; say whether it was there."""
        return storages(self.root).delete(self.url, recursive=True)

    def _put(self, storage: Storage, upload: Upload, now_ms: int) -> None:
        """Upload a file and give it the time that the job tells."""
        url = self._url(upload)
        with _naming(upload):
            storage.put(Path(upload.path), url)
        storage.set_modification_time(url, now_ms)

    def _uploaded(self, upload: Upload, now_ms: int) -> RoleFile:
        """Describe a file that was uploaded."""
        with _naming(upload):
            size = Path(upload.path).stat().st_size
        url = self._url(upload)
        file = LocalFile(upload.link, url, size, now_ms, upload.kind)
        return RoleFile(file, upload.roles)

    def _url(self, upload: Upload) -> str:
        """Return a file's place; two roles may give one name to different files."""
        name = upload.link
        if upload.kind is ResourceKind.ARCHIVE:  # YARN goes by the end of its name
            name += f"/{Path(upload.path).name}"
        if upload.roles:
            return f"{self.url}/{ROLES_FOLDER}/{upload.roles[0]}/{name}"
        return f"{self.url}/{FILES_FOLDER}/{name}"


@contextmanager
def _naming(upload: Upload) -> Iterator[None]:
    """Name a local file that cannot be read, and the option that named it."""
    try:
        yield
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise ConfigError(
            f"cannot stage `{upload.path}`, named by {upload.option}: "
            f"{error.strerror or error}"
        ) from error


def local_file(storage: Storage, link: str, url: str) -> LocalFile:
    """Describe a file as YARN wants it described.

    Raises:
        ConfigError: It is not there.
    """
    status = storage.stat(url)
    if status is None:
        raise ConfigError(f"`{url}` is not there any more")
    return LocalFile(
        link=link,
        url=url,
        size=status.length,
        timestamp_ms=status.modification_time_ms,
    )


def cache_file(storages: StorageLookup, entry: CacheEntry) -> LocalFile:
    """Describe a file, folder or archive that is used where it is.

    Raises:
        ConfigError: It is not there.
    """
    found = local_file(storages(entry.url), entry.link, entry.url)
    return msgspec.structs.replace(found, kind=entry.kind)
