"""`xl fs`: files on any file system that jobs can use, without Hadoop's own client.

Paths are Hadoop's: a plain one is on `fs.defaultFS`, a relative one below the user's
home there; `*`, `?`, `[…]` and `{…}` are patterns. Nothing is replaced without `-f`.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from xlearning.cli.fs_progress import shown_progress
from xlearning.cli.fs_text import amount_line, listing_lines, status_json
from xlearning.cli.jobs import common_options, open_session, print_json
from xlearning.cli.text import print_data, print_note
from xlearning.errors import ConfigError, XLearningError
from xlearning.job.amounts import bytes_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlearning.cli.session import Session
    from xlearning.io.storage import FileStatus, Storage
    from xlearning.io.transfer import TransferSummary

_paths = click.argument("paths", nargs=-1, required=True, metavar="PATH…")
_force = click.option("-f", "--force", is_flag=True, help="Replace what is there.")
_recursive = click.option("-r", "-R", "--recursive", is_flag=True, help="Folders too.")
_hadoop_conf = click.option(
    "--hadoop-conf",
    default="",
    metavar="DIR",
    help="Folder of Hadoop's configuration.  [default: HADOOP_CONF_DIR]",
)


class _Found(NamedTuple):
    """Something that a path of the command line stands for."""

    given: str
    storage: Storage
    status: FileStatus

    def name(self, status: FileStatus | None = None) -> str:
        """Return what is shown: a URL if one was given, else the path."""
        path = (status or self.status).path
        return self.storage.url(path) if "://" in self.given else path


@click.group()
def fs() -> None:
    """Look at, copy and delete files on HDFS, S3 and other file systems.

    PATH is a path on the cluster's file system, or a URL: hdfs://, viewfs://,
    webhdfs://, s3://, gs://, abfs://, file://; with patterns as in a shell.
    """


@fs.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("-r", "-R", "--recursive", is_flag=True, help="All below folders.")
@click.option("-d", "--directory", is_flag=True, help="Folders, not their content.")
@common_options
def ls(
    paths: tuple[str, ...],
    recursive: bool,
    directory: bool,
    hadoop_conf: str,
    as_json: bool,
) -> None:
    """List files and folders, by name; without PATH your home."""
    with _told():
        shown: list[tuple[str, str, FileStatus]] = []
        for found in _find(open_session(hadoop_conf), paths or (".",)):
            storage, status = found.storage, found.status
            below: Iterator[FileStatus] | Sequence[FileStatus] = (status,)
            if status.is_dir and not directory:
                below = (storage.walk if recursive else storage.list)(status.path)
            shown += [(found.name(s), storage.url(s.path), s) for s in below]
    if as_json:
        print_json([status_json(url, status) for _, url, status in shown])
    elif shown:
        print_data("\n".join(listing_lines((name, s) for name, _, s in shown)))


@fs.command()
@_paths
@click.option("-s", "--summary", is_flag=True, help="Only the sums of folders.")
@common_options
def du(paths: tuple[str, ...], summary: bool, hadoop_conf: str, as_json: bool) -> None:
    """Show how many bytes files and folders hold."""
    from xlearning.io.trees import size_of

    with _told():
        sizes: list[tuple[str, str, int]] = []
        for found in _find(open_session(hadoop_conf), paths):
            storage, status = found.storage, found.status
            each = (status,) if summary else storage.list(status.path)
            sizes += [
                (found.name(s), storage.url(s.path), size_of(storage, s)) for s in each
            ]
    if as_json:
        print_json([{"url": url, "bytes": amount} for _, url, amount in sizes])
    elif sizes:
        print_data("\n".join(amount_line(amount, name) for name, _, amount in sizes))


@fs.command()
@_paths
@_hadoop_conf
def cat(paths: tuple[str, ...], hadoop_conf: str) -> None:
    """Write files to stdout, one after another."""
    from xlearning.cli.text import print_bytes
    from xlearning.io.storage import CHUNK_BYTES

    with _told():
        for found in list(_find(open_session(hadoop_conf), paths)):
            with found.storage.open(found.status.path) as reader:
                while piece := reader.read(CHUNK_BYTES):
                    print_bytes(piece)


@fs.command()
@_paths
@_force
@common_options
def get(paths: tuple[str, ...], force: bool, hadoop_conf: str, as_json: bool) -> None:
    """Copy files and folders to this machine: PATH… and where to, else here.

    The last of several words is the local file or folder.
    """
    from xlearning.io.download import DownloadOptions
    from xlearning.io.trees import content, get_tree

    *sources, given = paths if len(paths) > 1 else (*paths, ".")
    target = Path(given)
    with _told(), shown_progress() as progress:
        found = list(_find(open_session(hadoop_conf), sources))
        if len(found) > 1 and not target.is_dir():
            raise ConfigError(f"`{given}` is not a folder, and {len(found)} come there")
        trees = [(each, content(each.storage, each.status)) for each in found]
        progress.expect(sum(s.length for _, tree in trees for s in tree))
        summaries = [
            get_tree(
                each.storage,
                tree,
                target / each.status.name if target.is_dir() else target,
                DownloadOptions(progress=progress.add),
                overwrite=force,
            )
            for each, tree in trees
        ]
    _print_summary(summaries, as_json)


@fs.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE… PATH")
@_force
@common_options
def put(sources: tuple[str, ...], force: bool, hadoop_conf: str, as_json: bool) -> None:
    """Copy local files and folders: FILE… and the PATH where to, else your home."""
    from xlearning.io.upload import UploadOptions, put_tree

    *given, path = sources if len(sources) > 1 else (*sources, ".")
    session = open_session(hadoop_conf)
    files = [Path(each) for each in given]
    with _told(), shown_progress() as progress:
        progress.expect(sum(_local_size(file) for file in files))
        url = _qualified(session, path)
        storage = session.storages(url)
        status = storage.stat(url)
        into = status is not None and status.is_dir
        if len(files) > 1 and not into:
            raise ConfigError(
                f"`{path}` is not a folder, and {len(files)} come there",
                hint=f"make it with: xl fs mkdir {path}",
            )
        targets = {file: _child(url, file) if into else url for file in files}
        for target in targets.values():
            if not force and storage.stat(target) is not None:
                raise XLearningError(f"`{target}`: File exists", hint="-f replaces it")
        options = UploadOptions(progress=progress.add, overwrite=force)
        summaries = [
            put_tree(file, target, session.storages, options)
            for file, target in targets.items()
        ]
    _print_summary(summaries, as_json)


@fs.command()
@_paths
@_recursive
@click.option("-f", "--force", is_flag=True, help="No error for what is not there.")
@_hadoop_conf
def rm(paths: tuple[str, ...], recursive: bool, force: bool, hadoop_conf: str) -> None:
    """Delete files, with -r folders. They are gone: there is no trash."""
    with _told():
        found = list(_find(open_session(hadoop_conf), paths, missing=force))
        for each in found:
            if each.status.path == "/":
                raise ConfigError(f"`{each.name()}` is all there is: not deleted")
            if each.status.is_dir and not recursive:
                raise ConfigError(f"`{each.name()}` is a folder", hint="-r deletes it")
        for each in found:
            each.storage.delete(each.status.path, recursive=recursive)


@fs.command()
@_paths
@_hadoop_conf
def mkdir(paths: tuple[str, ...], hadoop_conf: str) -> None:
    """Make folders, with the folders above them."""
    session = open_session(hadoop_conf)
    with _told():
        for path in paths:
            url = _qualified(session, path)
            session.storages(url).mkdirs(url)


@fs.command()
@click.argument("source", metavar="PATH")
@click.argument("target", metavar="NEW")
@_hadoop_conf
def mv(source: str, target: str, hadoop_conf: str) -> None:
    """Give a file or folder another name, or move it into the folder NEW."""
    from xlearning.io.uris import base_name, join

    session = open_session(hadoop_conf)
    with _told():
        old, new = _qualified(session, source), _qualified(session, target)
        storage = session.storages(new)
        status = storage.stat(new)
        if status is not None and status.is_dir:
            new = join(new, f"./{base_name(old)}")
        storage.rename(old, new)


@contextmanager
def _told() -> Iterator[None]:
    """Say a file system's error as ours."""
    try:
        yield
    except OSError as error:
        name = f"`{error.filename}`: " if error.filename else ""
        raise XLearningError(f"{name}{error.strerror or error}") from error


def _find(
    session: Session, paths: Sequence[str], *, missing: bool = False
) -> Iterator[_Found]:
    """Yield what paths stand for.

    Raises:
        XLearningError: One stands for nothing, and may not.
    """
    for path in paths:
        url = _qualified(session, path)
        storage = session.storages(url)
        found = storage.glob(url)
        if not found and not missing:
            raise XLearningError(f"`{path}`: No such file or directory")
        for status in found:
            yield _Found(path, storage, status)


def _qualified(session: Session, path: str) -> str:
    from xlearning.io.uris import qualify

    default_fs = session.hadoop["fs.defaultFS"]
    local = default_fs.startswith("file:")
    home = str(Path.cwd()) if local else f"/user/{session.user}"
    return qualify(path, default_fs, home)


def _child(folder: str, file: Path) -> str:
    """Return the place of a local file in a folder; a link keeps its own name."""
    from xlearning.io.uris import join

    return join(
        folder, f"./{file.resolve().name if file.name in ('', '..') else file.name}"
    )


def _local_size(file: Path) -> int:
    if not file.is_dir():
        return file.stat().st_size
    return sum(each.stat().st_size for each in file.rglob("*") if each.is_file())


def _print_summary(summaries: Sequence[TransferSummary], as_json: bool) -> None:
    files = sum(each.files for each in summaries)
    amount = sum(each.bytes for each in summaries)
    if as_json:
        print_json({"files": files, "bytes": amount})
    elif sys.stderr.isatty():
        noun = "file" if files == 1 else "files"
        print_note(f"copied {files} {noun}, {bytes_text(amount)}")
