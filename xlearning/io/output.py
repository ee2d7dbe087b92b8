"""Names below an output path, and what a commit has to do. Pure.

A try uploads to `<out>/_temporary/<role>-<index>-<try>/`; when the job has succeeded,
the folders of the tries that count are renamed to their final places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.job.spec import OutputLayout

if TYPE_CHECKING:
    from xlearning.io.replacement import Replacement
    from xlearning.job.ids import TaskId, TryId
    from xlearning.job.spec import OutputSpec

TEMPORARY = "_temporary"
"""As Hadoop's FileOutputCommitter.PENDING_DIR_NAME."""
SUCCESS = "_SUCCESS"
"""As Hadoop's FileOutputCommitter.SUCCEEDED_FILE_NAME."""


@dataclass(frozen=True, slots=True)
class Rename:
    """One uploaded folder and its final place."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """All that makes a job's outputs complete.

    Attributes:
        outputs: Where outputs become complete; each gets its `_SUCCESS`.
        renames: The folders that count.
        replacements: Outputs that then take the place of older ones.
    """

    outputs: tuple[str, ...]
    renames: tuple[Rename, ...] = ()
    replacements: tuple[Replacement, ...] = ()


def temporary_url(output_url: str, run: TryId) -> str:
    """Return the folder that a try uploads to."""
    return uris.join(output_url, TEMPORARY, str(run))


def final_url(
    output: OutputSpec,
    *,
    task: TaskId,
    container_id: str,
    layout: OutputLayout,
    single: bool,
) -> str:
    """Return the place of a task's output after the commit.

    Args:
        output: Destination and local directory.
        task: The task that uploaded.
        container_id: The container that its try ran in.
        layout: Which names are used.
        single: Whether this is the only task that uploads.

    Raises:
        ConfigError: The local directory is not a name inside the working directory.
    """
    if layout is OutputLayout.TASK:
        return uris.join(output.url, str(task))
    if single:
        return uris.join(output.url, local_name(output.local))
    return uris.join(output.url, container_id)


def local_name(local: str) -> str:
    """Return a local output directory as a relative path: `./model/` is `model`.

    Raises:
        ConfigError: It is absolute, or leads out of the working directory, or is it.
    """
    name = uris.normalise(local)
    if name.startswith(("/", "../")) or name in (".", ".."):
        raise ConfigError(
            f"the output directory `{local}` is not below the working directory",
            hint="name a directory without a leading / or ..: --output PATH#model",
        )
    return name
