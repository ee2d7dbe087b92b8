"""Finds what is certain to fail, before anything is staged.

Nothing here changes anything, neither on the cluster nor on the file system. All that
is wrong is told at once, in XLearning's words where scripts may look for them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple, Protocol

from xlearning.client.limits import Problem, queue_problems, size_problems
from xlearning.client.program_checks import program_problems
from xlearning.config.cluster import rm_client_addresses
from xlearning.config.keys import did_you_mean
from xlearning.errors import ConfigError
from xlearning.io import globs, uris
from xlearning.io.manifest import holds_only_saves
from xlearning.io.output import SUCCESS, TEMPORARY
from xlearning.job.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xlearning.client.plan import (
        CacheEntry,
        EnvironmentSource,
        SubmissionPlan,
        Upload,
    )
    from xlearning.hadoop.rest import ResourceManagerRest

_THREADS = 8
_SAVES_THERE = (
    "it holds saves of a job that did not succeed: go on from the newest with "
    "--restore last, or give another --output"
)
_SCHEDULER = "yarn.resourcemanager.scheduler.class"


class Entry(Protocol):
    """What is known of a file or folder."""

    @property
    def name(self) -> str:
        """The last part of its path."""

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder."""


class Files(Protocol):
    """What the checks need of a file system (`xlearning.io.storage.Storage`)."""

    def stat(self, path: str) -> Entry | None:
        """Return what is at a path, None when nothing is."""

    def list(self, path: str) -> Sequence[Entry]:
        """Return what is directly in a folder."""

    def glob(self, pattern: str) -> Sequence[Entry]:
        """Return what matches one of Hadoop's patterns."""


class ClusterFacts(NamedTuple):
    """What the checks need to know of the cluster.

    Attributes:
        maximum: The largest container that there can be.
        queues: Paths of the queues that take jobs; none when any name will do.
        address: Its address, for messages.
    """

    maximum: Resources
    queues: tuple[str, ...]
    address: str


def cluster_facts(rest: ResourceManagerRest, hadoop: Mapping[str, str]) -> ClusterFacts:
    """Ask the ResourceManager what it has.

    Raises:
        ConnectionLost: None answers.
    """
    largest = rest.new_application()
    makes_queues = "FairScheduler" in hadoop.get(_SCHEDULER, "")
    return ClusterFacts(
        maximum=Resources(
            memory_mb=largest.maximum_memory_mb,
            vcores=largest.maximum_cores,
            gpus=max((node.total.gpus for node in rest.nodes()), default=0),
        ),
        queues=() if makes_queues else rest.queues(),
        address=", ".join(rm_client_addresses(hadoop)),
    )


def check(
    plan: SubmissionPlan,
    files_of: Callable[[str], Files],
    ask_cluster: Callable[[], ClusterFacts],
) -> None:
    """Check everything; the file systems and the ResourceManager at the same time.

    Args:
        plan: What is going to be done.
        files_of: Finds the file system of a URL; asked from several threads.
        ask_cluster: Asks the ResourceManager; called in this thread.

    Raises:
        ConfigError: Something is certain to fail.
        ConnectionLost: A server does not answer.
    """
    raise_problems(local_problems(plan))
    with ThreadPoolExecutor(1) as pool:
        remote = pool.submit(remote_problems, plan, files_of)
        facts = ask_cluster()
        found = size_problems(plan.job, facts.maximum)
        found += queue_problems(plan.job.queue, facts.queues, facts.address)
        raise_problems([*remote.result(), *found])


def raise_problems(problems: Iterable[Problem]) -> None:
    """Raise one error for all problems, if there are any.

    Raises:
        ConfigError: There are.
    """
    found = list(dict.fromkeys(problems))
    if not found:
        return
    hints = list(dict.fromkeys(problem.hint for problem in found if problem.hint))
    raise ConfigError(
        "\n".join(problem.line for problem in found), hint="\n".join(hints) or None
    )


def local_problems(plan: SubmissionPlan) -> list[Problem]:
    """Return what is wrong with the local files and the programs among them."""
    found = [problem for upload in plan.uploads for problem in _upload(upload)]
    found += [problem for each in plan.environments for problem in _environment(each)]
    if plan.source.startswith("/") and not Path(plan.source).is_dir():
        found.append(Problem(f"--source-dir: `{plan.source}` is no folder"))
    return found or program_problems(plan)


def remote_problems(
    plan: SubmissionPlan, files_of: Callable[[str], Files]
) -> list[Problem]:
    """Return what is wrong with inputs, outputs and cached files.

    Args:
        plan: What is going to be done.
        files_of: Finds the file system of a URL; asked from several threads.

    Raises:
        ConnectionLost: A file system does not answer.
    """
    inputs = [path for spec in plan.job.inputs for path in spec.paths]
    with ThreadPoolExecutor(_THREADS) as pool:
        calls = [pool.submit(_input, files_of(url), url) for url in inputs]
        calls += [
            pool.submit(_output, files_of(spec.url), spec.url, plan)
            for spec in plan.job.outputs
        ]
        calls += [
            pool.submit(_cached, files_of(entry.url), entry) for entry in plan.cache
        ]
        return [problem for call in calls for problem in call.result()]


def _upload(upload: Upload) -> list[Problem]:
    path = Path(upload.path)
    if not path.exists():
        return [Problem(f"{upload.option}: `{path}` does not exist", _near(path))]
    if path.is_dir():
        hint = "pack it, put it on HDFS and name it with --cacheArchive"
        return [Problem(f"{upload.option}: `{path}` is a folder", hint)]
    try:
        path.open("rb").close()
    except OSError as error:
        return [Problem(f"{upload.option}: cannot read `{path}`: {error.strerror}")]
    return []


def _environment(source: EnvironmentSource) -> list[Problem]:
    path = Path(source.path)
    if not path.exists():
        return [Problem(f"{source.option}: `{path}` does not exist", _near(path))]
    from xlearning.client.built_environments import read_source

    try:
        read_source(source)
    except ConfigError as error:
        return [Problem(error.message, error.hint or "")]
    return []


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder `{path.parent}`"
    names = [entry.name for entry in path.parent.iterdir()]
    if any(name.startswith(f"{path.name}#") for name in names):
        return "`#` begins the name in the container: a file with one must be renamed"
    return did_you_mean(path.name, names) or ""


def _guarded(check: Callable[[], list[Problem]], what: str) -> list[Problem]:
    try:
        return check()
    except OSError as error:
        return [Problem(f"{what} cannot be looked at: {error}")]


def _input(files: Files, url: str) -> list[Problem]:
    def check() -> list[Problem]:
        if files.glob(url):
            return []
        return [Problem(f"Input path {url} not existed!", _remote_hint(files, url))]

    return _guarded(check, f"Input path {url}")


def _output(files: Files, url: str, plan: SubmissionPlan) -> list[Problem]:
    overwrite = plan.job.data.overwrite_output
    directory = plan.job.saves.directory

    def check() -> list[Problem]:
        found = files.stat(url)
        if found is None:
            return []
        names = {entry.name for entry in files.list(url)} if found.is_dir else {""}
        saves = holds_only_saves(names, directory)
        complete = not names or SUCCESS in names
        if overwrite and TEMPORARY not in names and (complete or saves):
            return []
        if saves and plan.restore:
            return []
        hint = _SAVES_THERE if saves else _other(url, names)
        return [Problem(f"Output path {url} already existed!", hint)]

    return _guarded(check, f"Output path {url}")


def _other(url: str, names: set[str]) -> str:
    """Say what to do about an output that is there.

    What is no output of a job, like `/tmp`, nobody should be told to delete.
    """
    if TEMPORARY in names:
        return "a job writes there, or one has died there: then `xl clean` deletes it"
    if not names or SUCCESS in names:
        delete = f"hdfs dfs -rm -r {quote(url)}"
        return f"replace it with --output-overwrite true, or delete it: {delete}"
    return f"give another --output, e.g. {url.rstrip('/')}/model"


def _cached(files: Files, entry: CacheEntry) -> list[Problem]:
    what = {"--cacheFile": "cacheFile", "--cacheArchive": "cacheArchive"}.get(
        entry.option, f"hdfs {entry.option.removeprefix('--')}"
    )

    def check() -> list[Problem]:
        if files.stat(entry.url) is not None:
            return []
        hint = _remote_hint(files, entry.url)
        return [Problem(f"{what} path {entry.url} not existed!", hint)]

    return _guarded(check, f"{what} path {entry.url}")


def _remote_hint(files: Files, url: str) -> str:
    """Name the last folder of a path that is there, or what was meant in it."""
    location = uris.split_url(url)
    parts = location.path.strip("/").split("/")
    for number in range(len(parts) - 1, -1, -1):
        folder = location.root + "/" + "/".join(parts[:number])
        if globs.has_wildcard(folder):
            continue
        status = files.stat(folder)
        if status is None or not status.is_dir:
            continue
        names = [entry.name for entry in files.list(folder)]
        return did_you_mean(parts[number], names) or f"the folder `{folder}` is there"
    return ""
