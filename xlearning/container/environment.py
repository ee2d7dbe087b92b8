"""The trainer's environment. Pure.

What YARN exported, then what XLearning promises (compatible names), then what the
adapter says about the cluster, then what the user gave. XLearning built it from an
empty list, so that programs had no `HOME` and no `LANG`; ours keep what YARN gives. Our
own variables and the folders of our runtime do not reach the program: it has its own
Python and its own libraries.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.container.s3_variables import s3_mappings
from xlearning.job.environment import (
    PATH_VARIABLES,
    RUNTIME_LINK,
    USER_NAME,
    joined,
)
from xlearning.job.hbox import with_aliases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.container.assignment import Assignment

OWN_PREFIX = "XL_"
_CONTAINER = re.compile(r"container_(?:e\d+_)?(\d+)_(\d+)_(\d+)_\d+\Z")
_PYTHON_HOME = "PYTHONHOME"
_FROM_OUR_START = frozenset({"_", "OLDPWD", "SHLVL"})
"""What the shells that started the agent have set."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What this container holds for the trainer.

    Attributes:
        container_id: YARN's id.
        gpus: Devices that are locked.
        python: Variables of an activated Python environment.
    """

    container_id: str
    gpus: tuple[str, ...] = ()
    python: Mapping[str, str] = field(default_factory=dict)


def trainer_environment(
    present: Mapping[str, str],
    assignment: Assignment,
    adapted: Mapping[str, str],
    granted: Granted,
) -> dict[str, str]:
    """Return the whole environment of a trainer.

    Args:
        present: The agent's own environment.
        assignment: The task; its environment is the user's.
        adapted: The adapter's variables.
        granted: What the container holds.
    """
    variables = inherited(present)
    variables |= promised(assignment, granted)
    variables = with_aliases(variables | dict(adapted))
    # YARN links --files into the working directory, and Python looks for a script's
    # modules beside the link's target: without this `import` finds none of them.
    here = variables.get("PWD", "")
    if here:
        there = variables.get("PYTHONPATH", "")
        variables["PYTHONPATH"] = joined("PYTHONPATH", here, there)
    given = (*granted.python.items(), *assignment.environment.items())
    for name, value in given:
        variables[name] = joined(name, value, variables.get(name, ""))
    return variables


def inherited(present: Mapping[str, str]) -> dict[str, str]:
    """Return what YARN exported, without what is ours."""
    variables = {}
    for name, value in present.items():
        if name.startswith(OWN_PREFIX) or name in _FROM_OUR_START:
            continue
        if name == _PYTHON_HOME and _is_ours(value):
            continue
        if name in PATH_VARIABLES:
            value = _without_ours(value)
            if not value:
                continue
        variables[name] = value
    return variables


def promised(assignment: Assignment, granted: Granted) -> dict[str, str]:
    """Return the variables that XLearning gave to every program."""
    job = assignment.job
    variables = {
        USER_NAME: job.user,
        "XLEARNING_APP_TYPE": job.application_type,
        "XLEARNING_EXEC_CMD": shlex.join(assignment.command),
        "APP_ID": job.application_id,
        "APP_ATTEMPTID": attempt_id(granted.container_id),
        "PYTHONUNBUFFERED": "1",
        "GPU_NUM": str(assignment.gpus),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(granted.gpus),
    }
    if assignment.aliases:
        variables["XLEARNING_INPUT_PATH"] = ",".join(assignment.aliases)
    variables |= s3_mappings(job)
    index = output_index(assignment)
    if index >= 0:
        variables["XLEARNING_OUTPUT_WORKER_INDEX"] = str(index)
    return variables


def output_index(assignment: Assignment) -> int:
    """Return the only worker that uploads, -1 for all; a lone worker is the only."""
    job = assignment.job
    if job.data.output_index < 0 and job.has_lone_worker:
        return 0
    return job.data.output_index


def attempt_id(container_id: str) -> str:
    """Return YARN's id of the attempt that a container belongs to."""
    match = _CONTAINER.match(container_id)
    if match is None:
        return ""
    return f"appattempt_{match[1]}_{match[2]}_{int(match[3]):06d}"


def _without_ours(value: str) -> str:
    return ":".join(folder for folder in value.split(":") if not _is_ours(folder))


def _is_ours(folder: str) -> bool:
    return RUNTIME_LINK in folder.split("/")
