"""The file system's side of the ApplicationMaster: input lists, commits, tidying up.

All of it blocks, so all of it runs in threads. What comes of it is an event, errors
included; only what nobody waits for (tidying up) is merely logged.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import msgspec

from xlearning.am.events import (
    CommitFailed,
    InputListed,
    InputUnusable,
    OutputsCommitted,
    OutputsDiscarded,
    SaveLost,
    SaveMade,
)
from xlearning.am.sharing import share_out
from xlearning.am.stream_sharing import share_splits
from xlearning.errors import ConfigError, XLearningError
from xlearning.io import uris
from xlearning.io.commit import commit, discard, give_up
from xlearning.io.listing import list_input, listing_options
from xlearning.io.locality import Near
from xlearning.io.manifest import holds_only_saves
from xlearning.io.output import TEMPORARY
from xlearning.io.replacement import built_at, replacement
from xlearning.io.saves import complete, prune
from xlearning.io.streams.orders import MakeSplits
from xlearning.io.streams.settings import setup_for
from xlearning.io.streams.splitting import make_splits, source_files
from xlearning.io.transfer import OUTAGE_S, Retrying, persist
from xlearning.io.waits import Waits
from xlearning.job.environment import AM_FILE, JOB_FILE
from xlearning.job.spec import encode_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlearning.am.actions import CommitOutputs, CommitSave, DiscardOutputs
    from xlearning.am.agents import Emit
    from xlearning.io.splits import InputFile
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec
    from xlearning.job.waits import Wait

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What has to be known to have tasks near their data.

    Attributes:
        locate: Returns where files are; blocks, for a moment.
        hosts: Returns where tasks are.
    """

    locate: Callable[[Sequence[InputFile]], Near]
    hosts: Callable[[], dict[TaskId, str]]


NOWHERE = Whereabouts(lambda _: Near(), dict)
"""Where nothing is known."""
_NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


class Data:
    """The files of one job."""

    def __init__(
        self,
        spec: JobSpec,
        storages: StorageLookup,
        emit: Emit,
        whereabouts: Whereabouts = NOWHERE,
        hadoop: Mapping[str, str] = _NO_PROPERTIES,
    ) -> None:
        """Work on the files of a job; results go to `emit`.

        Args:
            spec: The job.
            storages: Finds file systems.
            emit: Takes the results.
            whereabouts: Says where files and tasks are.
            hadoop: Hadoop's properties, resolved, for formats.
        """
        self._spec = spec
        self._storages = storages
        self._emit = emit
        self._whereabouts = whereabouts
        self._hadoop = hadoop
        self._waits = Waits()
        self._retrying = Retrying(
            spec.data.retries, outage_s=OUTAGE_S, waits=self._waits
        )

    @property
    def wait(self) -> Wait | None:
        """What is tried again for longest, None when nothing is."""
        return self._waits.oldest()

    async def list_input(self) -> None:
        """Claim the outputs, find all input files and share them out."""
        try:
            await asyncio.to_thread(self._claim_outputs)
        except (XLearningError, OSError) as error:
            self._emit(InputUnusable(f"output cannot be written: {error}"))
            return
        try:
            files = await asyncio.to_thread(self._list)
            listed = await self._share_out(files)
        except (XLearningError, OSError) as error:
            reason = f"input could not be listed: {error}"
            self._emit(InputUnusable(reason, claimed=bool(self._outputs)))
        else:
            self._emit(listed)

    async def _share_out(self, files: tuple[InputFile, ...]) -> InputListed:
        if not self._spec.inputs:
            return InputListed({})
        where = self._whereabouts
        near = await asyncio.to_thread(where.locate, files)
        if self._spec.streams_input:
            splits = await asyncio.to_thread(self._make_splits, files, near)
            hosts = where.hosts()
            return await asyncio.to_thread(share_splits, self._spec, splits, hosts)
        hosts = where.hosts()
        return await asyncio.to_thread(share_out, self._spec, files, near, hosts)

    def _make_splits(
        self, files: Sequence[InputFile], near: Near
    ) -> tuple[StreamSplit, ...]:
        spec, hadoop = self._spec, self._hadoop
        variables = spec.roles[0].environment
        setup = setup_for(
            spec.stream.input_format, hadoop, spec.user, variables.get("CLASSPATH", "")
        )
        sources = source_files(files, near.blocks, hadoop)
        make = partial(make_splits, MakeSplits(setup, sources), self._storages)
        return self._persist(make, "splits of the input could not be made")

    def _claim_outputs(self) -> None:
        """Make the temporary folders, so that what cannot be written ends at once.

        Before the first one the job is written down for those who clean up after us.
        An output that somebody has made since the submission is not ours.
        """
        if self._outputs:
            url = uris.join(self._spec.staging_url, JOB_FILE)
            write = partial(
                self._storages(url).write,
                url,
                encode_spec(self._spec),
                mode=0o600,
                overwrite=True,
            )
            self._persist(write, f"`{url}` could not be written")
        claimed: list[str] = []
        try:
            for url in self._outputs:
                self._persist(
                    partial(self._claim, url), f"`{url}` could not be claimed"
                )
                claimed.append(url)
        except (XLearningError, OSError):
            self._discard(tuple(claimed))
            raise

    def _claim(self, url: str) -> None:
        storage, place = self._storages(url), built_at(self._spec, url)
        if not self._may_claim(storage, place):
            raise ConfigError(f"`{place}` has come into being meanwhile")
        storage.mkdirs(self._mark(place))
        before = storage.stat(url) if place != url else None
        if before is not None:
            storage.set_permission(place, before.permission)

    def _may_claim(self, storage: Storage, place: str) -> bool:
        """Say whether nothing is there, or only what is ours or the job begins with."""
        status = storage.stat(place)
        if status is None or storage.stat(self._mark(place)) is not None:
            return True
        names = [entry.name for entry in storage.list(place)] if status.is_dir else []
        directory = self._spec.saves.directory
        return bool(self._spec.restore) and holds_only_saves(names, directory)

    def _mark(self, place: str) -> str:
        """Return the folder that tells a later attempt that an output is ours."""
        return uris.join(place, TEMPORARY, self._spec.application_id)

    @property
    def _outputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(output.url for output in self._spec.outputs))

    def _list(self) -> tuple[InputFile, ...]:
        options = listing_options(self._spec.data)
        return list_input(self._spec.inputs, self._storages, options, self._retrying)

    def _persist(self, action: Callable[[], T], what: str) -> T:
        return persist(action, self._retrying, threading.Event(), what)

    async def commit(self, action: CommitOutputs) -> None:
        """Move outputs into place."""
        try:
            await asyncio.to_thread(commit, self._storages, action.plan, self._retrying)
        except (XLearningError, OSError) as error:
            self._emit(CommitFailed(str(error)))
        else:
            self._emit(OutputsCommitted())

    async def discard(self, action: DiscardOutputs) -> None:
        """Delete what was uploaded."""
        await asyncio.to_thread(self._discard, action.outputs)
        self._emit(OutputsDiscarded())

    def _discard(self, outputs: tuple[str, ...]) -> None:
        for url in outputs:
            replaced = replacement(self._spec, url)
            try:
                if replaced is None:
                    discard(self._storages, url, self._retrying)
                else:
                    give_up(self._storages, replaced, self._retrying)
            except (XLearningError, OSError) as error:
                logger.warning("temporary output of `%s` is left: %s", url, error)

    async def commit_save(self, action: CommitSave) -> None:
        """Give a save its name, and delete older ones."""
        try:
            settled = await asyncio.to_thread(
                complete,
                self._storages,
                action.manifest,
                action.temporary_urls,
                self._retrying,
            )
        except (XLearningError, OSError) as error:
            self._emit(SaveLost(action.number, str(error)))
            await self.discard_save(action.temporary_urls)
            return
        deleted: tuple[str, ...] = ()
        if settled:
            deleted = await asyncio.to_thread(self._prune, action)
        self._emit(SaveMade(action.number, deleted, settled))

    def _prune(self, action: CommitSave) -> tuple[str, ...]:
        options, manifest = action.options, action.manifest
        try:
            return prune(self._storages, manifest, options.directory, options.keep)
        except (XLearningError, OSError) as error:
            logger.warning("old saves were not deleted: %s", error)
            return ()

    async def discard_save(self, urls: tuple[str, ...]) -> None:
        """Delete what was copied for a save that has been given up."""
        await asyncio.to_thread(self._delete_all, urls)

    def _delete_all(self, urls: tuple[str, ...]) -> None:
        for url in urls:
            try:
                self._storages(url).delete(url, recursive=True)
            except (XLearningError, OSError) as error:
                logger.warning("`%s` was not deleted: %s", url, error)

    async def delete_staging(self) -> None:
        """Delete the job's staging folder, if the job's options want that."""
        await asyncio.to_thread(self._delete_staging)

    def _delete_staging(self) -> None:
        if not self._spec.options.cleanup_staging:
            return
        url = self._spec.staging_url
        try:
            self._storages(url).delete(url, recursive=True)
        except (XLearningError, OSError) as error:
            logger.warning("staging folder `%s` was not deleted: %s", url, error)

    async def publish_address(self, attempt: int, host: str, port: int) -> None:
        """Write where this attempt listens, for agents that lost an earlier one."""
        content = msgspec.json.encode({"attempt": attempt, "host": host, "port": port})
        await asyncio.to_thread(self._publish, content)

    def _publish(self, content: bytes) -> None:
        url = uris.join(self._spec.staging_url, AM_FILE)

        def write() -> None:
            self._storages(url).write(url, content, mode=0o600, overwrite=True)

        try:
            self._persist(write, f"`{url}` could not be written")
        except (XLearningError, OSError) as error:
            logger.warning("`%s` was not written: %s", url, error)
