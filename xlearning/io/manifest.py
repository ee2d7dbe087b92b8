"""What a save is on the file system: names, manifest, lists of files. Pure.

A save is a folder beside a job's final output, named by the time at which it began:

    <out>/interResult_2026_11_24_10_30_00/
        container_…_000002/            what worker 0 had in its local folder
        _save/manifest.json            who made what, and where all outputs of it are
        _save/worker-0.json            the files of worker 0

It is written below `<out>/_temporary/` and renamed when all tasks have reported, so
that a folder with a save's name is a complete save.

An incremental save copies only what is new; unchanged files are *moved* to it from the
save before. So the newest save is always a plain and whole folder, and an older one
lacks what has not changed since, which its list still names: whoever restores it finds
these files in the saves after it. Nothing ever refers to an older save once the newer
one is settled, so that the oldest can be deleted at any time. Between the rename of a
new save and its last moved file, a file may still be in the save before; readers look
there too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.io import uris
from xlearning.io.output import SUCCESS, TEMPORARY
from xlearning.job.spec import OutputLayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

FOLDER = "_save"
"""Hidden from readers of input, as every name with `_` in front."""

_NAME = re.compile(r"\d{4}(_\d\d){5}\Z")
_TIME = "%Y_%m_%d_%H_%M_%S"


class Identity(NamedTuple):
    """What tells two states of a file apart without reading it."""

    size: int
    mtime_ns: int


class SavedFile(msgspec.Struct, frozen=True):
    """One file of a save.

    Attributes:
        path: Below the task's folder.
        size: In bytes.
        mtime_ns: When the local file was last changed, in ns since 1970.
        mode: Its permission bits.
        digest: SHA-256 in hexadecimal, "" where saves are not incremental.
        taken: Not copied: it was taken over from the save before.
    """

    path: str
    size: int
    mtime_ns: int
    mode: int
    digest: str = ""
    taken: bool = False

    @property
    def identity(self) -> Identity:
        """What it was when it was copied."""
        return Identity(self.size, self.mtime_ns)


class FileList(msgspec.Struct, frozen=True):
    """What one task saved of one output: `_save/<role>-<index>.json`.

    Attributes:
        folder: Where it is, below the save.
        files: By path.
        folders: All local folders, the empty ones among them.
    """

    folder: str
    files: tuple[SavedFile, ...] = ()
    folders: tuple[str, ...] = ()


class SavedOutput(msgspec.Struct, frozen=True):
    """One output of a save.

    Attributes:
        output: The destination of the job's output.
        local: The local directory.
        url: The save's folder.
    """

    output: str
    local: str
    url: str


class SavedTask(msgspec.Struct, frozen=True):
    """Who saved."""

    role: str
    index: int
    container_id: str


class Manifest(msgspec.Struct, frozen=True):
    """A save: `_save/manifest.json`, the same in each of its outputs.

    Attributes:
        application_id: The job that made it.
        name: When it began, as in the folder's name, in UTC.
        made_ms: The same in milliseconds since 1970.
        who: Who asked for it.
        counts: The number of tasks of each role that saves.
        tasks: Those of them that are in it; others had not begun, or had ended well.
        outputs: All of its outputs: it is complete when all of them are there.
        files: Their number in all.
        bytes: Their size in all.
        previous: The name of the save from which unchanged files were taken over, "".
        left_out: Some files that are not in it, because they changed all the time.
        left_out_count: How many there are.
    """

    application_id: str
    name: str
    made_ms: int
    who: str
    counts: dict[str, int]
    tasks: tuple[SavedTask, ...]
    outputs: tuple[SavedOutput, ...]
    files: int = 0
    bytes: int = 0
    previous: str = ""
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0


def save_name(seconds: float) -> str:
    """Return XLearning's name of a moment, in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime(_TIME)


def save_url(output_url: str, directory: str, name: str) -> str:
    """Return a save's folder: `directory` is appended as text, as XLearning did."""
    return uris.join(f"{output_url.rstrip('/')}{directory}{name}")


def temporary_save_url(output_url: str, name: str) -> str:
    """Return where a save is written before it is complete."""
    return uris.join(output_url, TEMPORARY, f"save-{name}")


def manifest_url(url: str) -> str:
    """Return where the manifest of a save is."""
    return uris.join(url, FOLDER, "manifest.json")


def list_url(url: str, task: TaskId) -> str:
    """Return where the list of a task's files is."""
    return uris.join(url, FOLDER, f"{task}.json")


def part_name(layout: OutputLayout, task: TaskId, container_id: str) -> str:
    """Return the name of a task's folder in a save, as in the final output."""
    return str(task) if layout is OutputLayout.TASK else container_id


def saves_folder(output_url: str, directory: str) -> tuple[str, str]:
    """Return the folder in which an output's saves are, and how their names begin."""
    begin = f"{output_url.rstrip('/')}{directory}"
    folder, _, stem = begin.rpartition("/")
    return uris.join(folder), stem


def name_in(entry: str, stem: str) -> str:
    """Return the name of a save in the name of its folder, "" if it is none."""
    name = entry.removeprefix(stem)
    return name if entry.startswith(stem) and _NAME.match(name) else ""


def holds_only_saves(entries: Iterable[str], directory: str) -> bool:
    """Say whether an output is what a job left that made saves and did not succeed.

    Args:
        entries: The names in the output's folder.
        directory: What is appended to an output for its saves.
    """
    first, deeper, _ = directory.lstrip("/").partition("/")
    names = set(entries)
    if not names or not directory.startswith("/") or names & {SUCCESS, TEMPORARY}:
        return False
    return all(e == first if deeper else bool(name_in(e, first)) for e in names)


def surplus(names: Iterable[str], keep: int) -> list[str]:
    """Return the saves to delete, the oldest first; 0 keeps all."""
    return sorted(names)[:-keep] if keep > 0 else []


def misfits(manifest: Manifest, job: JobSpec) -> list[str]:
    """Return why a save cannot be put back into a job's tasks, nothing if it can."""
    found = [
        f"it is of {count} {role} tasks, and the job has {job.count(role)}"
        for role, count in manifest.counts.items()
        if job.count(role) != count
    ]
    locals_ = {uris.normalise(output.local) for output in job.outputs}
    found += [
        f"it has the output `{output.local}`, and the job has none of this name"
        for output in manifest.outputs
        if uris.normalise(output.local) not in locals_
    ]
    return found


def missing_tasks(manifest: Manifest) -> list[str]:
    """Return the tasks of its roles that are not in a save."""
    there = {(task.role, task.index) for task in manifest.tasks}
    return [
        f"{role} {index}"
        for role, count in manifest.counts.items()
        for index in range(count)
        if (role, index) not in there
    ]


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the content of `manifest.json`, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"


# Made once: two threads that make the first one of a type side by side crash.
_MANIFESTS = msgspec.json.Decoder(Manifest)
_LISTS = msgspec.json.Decoder(FileList)


def decode_manifest(data: bytes) -> Manifest:
    """Read `manifest.json`.

    Raises:
        msgspec.DecodeError: It is none of this version.
    """
    return _MANIFESTS.decode(data)


def encode_list(files: FileList) -> bytes:
    """Return the content of a task's list."""
    return msgspec.json.encode(files)


def decode_list(data: bytes) -> FileList:
    """Read a task's list.

    Raises:
        msgspec.DecodeError: It is none of this version.
    """
    return _LISTS.decode(data)
