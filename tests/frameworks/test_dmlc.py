"""A coordinator as a task of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.dmlc import (
    coordinator_variables,
    interpreter,
    with_coordinator,
)
from xlearning.job.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]


def test_a_coordinator_is_like_a_worker_and_as_large_as_the_master(job: Maker) -> None:
    plain = job(worker=2)
    worker = msgspec.structs.replace(
        plain.roles[0],
        resources=Resources(4096, 4, 2),
        environment={"PATH": "/opt/bin"},
        node_label="gpu",
        python_env="python",
    )
    complete = with_coordinator(
        msgspec.structs.replace(plain, roles=(worker,)), "scheduler"
    )
    added = complete.role("scheduler")
    assert complete.roles == (worker, added)
    assert (added.count, added.resources) == (1, Resources(1024, 1))
    alike = msgspec.structs.replace(
        added, name="worker", count=2, resources=worker.resources
    )
    assert alike == worker


def test_one_that_the_user_declares_stays_as_it_is(job: Maker) -> None:
    declared = job(worker=2, scheduler=1)
    assert with_coordinator(declared, "scheduler") is declared


def test_the_others_are_told_where_it_is() -> None:
    view = ClusterView(1, {"scheduler": ("10.0.0.3:20002",)})
    told = coordinator_variables(view, "scheduler", "DMLC_PS_ROOT")
    assert told == {"DMLC_PS_ROOT_URI": "10.0.0.3", "DMLC_PS_ROOT_PORT": "20002"}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("python", "train.py"), "python"),
        (("/opt/env/bin/python3.11", "train.py"), "/opt/env/bin/python3.11"),
        (("sh", "-c", "exec python train.py"), "python3"),
        ((), "python3"),
    ],
)
def test_a_python_program_runs_in_the_workers_python(
    command: tuple[str, ...], expected: str
) -> None:
    assert interpreter(command) == expected
