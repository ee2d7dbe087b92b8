"""Horovod: ranks with horovodrun's variables, and the rendezvous beside the first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xlearning.frameworks.base import ClusterView, Process
from xlearning.frameworks.conformance import check_adapter
from xlearning.frameworks.horovod import HOROVOD
from xlearning.frameworks.horovod_run import PROGRAM, SCOPES
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("10.0.0.1:20001", "10.0.0.2:20002")})
TWICE = JobOptions(processes=2)


def test_a_job_conforms(job: Maker) -> None:
    check_adapter(HOROVOD, job(TWICE, worker=3))


def test_ranks_have_the_variables_of_horovodrun(job: Maker) -> None:
    """Those of `create_slot_env_vars` and `create_run_env_vars` in its gloo_run.py."""
    launch = HOROVOD.launch(job(TWICE, worker=2), VIEW, TaskId("worker", 1))
    first, second = launch.processes
    told = {
        name.removeprefix("HOROVOD_"): value
        for name, value in {**launch.environment, **first.environment}.items()
        if name.startswith("HOROVOD_")
    }
    assert told == {
        "HOSTNAME": "xl-worker-1",
        "RANK": "2",
        "SIZE": "4",
        "LOCAL_RANK": "0",
        "LOCAL_SIZE": "2",
        "CROSS_RANK": "1",
        "CROSS_SIZE": "2",
        "GLOO_RENDEZVOUS_ADDR": "10.0.0.1",
        "GLOO_RENDEZVOUS_PORT": "20001",
        "CONTROLLER": "gloo",
        "CPU_OPERATIONS": "gloo",
    }
    assert launch.environment["TF_INDEX"] == "2", "Hbox counted from 1"
    assert second.name == "rank 3"
    assert second.environment == {"HOROVOD_RANK": "3", "HOROVOD_LOCAL_RANK": "1"}


def test_a_rank_waits_for_the_rendezvous_and_is_the_user_s_program(job: Maker) -> None:
    launch = HOROVOD.launch(job(worker=2), VIEW, TaskId("worker", 1))
    assert launch.command == ("python", PROGRAM, "python", "train.py")
    assert [process.command for process in launch.processes] == [()]


def test_the_rendezvous_is_beside_the_first_rank_alone(job: Maker) -> None:
    launches = [
        HOROVOD.launch(job(TWICE, worker=2), VIEW, TaskId("worker", n)) for n in (0, 1)
    ]
    first, other = (
        [each for each in launch.processes if each.service] for launch in launches
    )
    serve = ("python", PROGRAM, "--serve")
    assert first == [Process("rendezvous", command=serve, service=True)]
    assert other == []


def test_the_rendezvous_knows_how_many_meet_where(job: Maker) -> None:
    """Where `GlooContext::Initialize` has them meet: all, and by host and number."""
    launch = HOROVOD.launch(job(TWICE, worker=3), VIEW, TaskId("worker", 0))
    assert json.loads(launch.files[SCOPES]) == {
        "global": 6,
        "local_xl-worker-0": 2,
        "local_xl-worker-1": 2,
        "local_xl-worker-2": 2,
        "cross_0": 3,
        "cross_1": 3,
    }
