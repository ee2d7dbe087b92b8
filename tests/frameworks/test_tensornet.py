"""TensorNet: ranks of Open MPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.conformance import check_adapter
from xlearning.frameworks.mpi import MPI
from xlearning.frameworks.tensornet import TENSORNET
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]


def test_a_job_conforms(job: Maker) -> None:
    check_adapter(TENSORNET, job(worker=3))


def test_its_tasks_are_those_of_mpi(job: Maker) -> None:
    launches = check_adapter(TENSORNET, job(worker=2))
    assert launches == check_adapter(MPI, job(worker=2))
    assert launches[TaskId("worker", 0)].environment["TF_INDEX"] == "1"


def test_a_refusal_names_the_type(job: Maker) -> None:
    named = msgspec.structs.replace(job(launcher=1), application_type="TENSORNET")
    with pytest.raises(ConfigError, match="type TENSORNET has no workers"):
        TENSORNET.complete(named)
