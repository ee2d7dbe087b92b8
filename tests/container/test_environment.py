"""What a program finds in its environment, and what it does not."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from tests.container.stories import a_job, an_assignment
from xlearning.container.environment import (
    Granted,
    attempt_id,
    inherited,
    output_index,
    promised,
    trainer_environment,
)
from xlearning.job.spec import DataOptions, JobSpec

CONTAINER_ID = "container_1700000000000_0001_02_000003"


def test_ours_does_not_reach_the_program() -> None:
    present = {
        "HOME": "/home/",
        "XL_AM_ADDRESS": "n1:5",
        "SHLVL": "2",
        "PATH": "/local/c2/xl-runtime/bin:/usr/bin",
        "LD_LIBRARY_PATH": "/local/c2/xl-runtime/lib/native",
        "PYTHONPATH": "/local/c2/xl-runtime/lib:/opt/cluster",
        "PYTHONHOME": "/local/c2/xl-runtime",
    }
    assert inherited(present) == {
        "HOME": "/home/",
        "PATH": "/usr/bin",
        "PYTHONPATH": "/opt/cluster",
    }
    assert inherited({"PYTHONHOME": "/opt/python"}) == {"PYTHONHOME": "/opt/python"}


def test_what_xlearning_promised() -> None:
    assignment = an_assignment(command=("python", "a b.py"), gpus=2)
    variables = promised(assignment, Granted(CONTAINER_ID, ("GPU-1", "GPU-2")))
    assert variables == {
        "HADOOP_USER_NAME": "alice",
        "XLEARNING_APP_TYPE": "XLEARNING",
        "XLEARNING_EXEC_CMD": "python 'a b.py'",
        "APP_ID": "application_1700000000000_0001",
        "APP_ATTEMPTID": "appattempt_1700000000000_0001_000002",
        "PYTHONUNBUFFERED": "1",
        "GPU_NUM": "2",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "GPU-1,GPU-2",
    }


def test_without_gpus_none_is_visible() -> None:
    assert promised(an_assignment(), Granted(""))["CUDA_VISIBLE_DEVICES"] == ""


def test_inputs_are_named() -> None:
    assignment = dataclasses.replace(an_assignment(), aliases=("data", "test"))
    variables = promised(assignment, Granted(CONTAINER_ID))
    assert variables["XLEARNING_INPUT_PATH"] == "data,test"


def one_worker() -> JobSpec:
    """Return a job of one worker."""
    [worker] = a_job().roles
    return a_job(roles=(msgspec.structs.replace(worker, count=1),))


@pytest.mark.parametrize(
    ("job", "index"),
    [
        (a_job(), -1),
        (a_job(data=DataOptions(output_index=1)), 1),
        (one_worker(), 0),
    ],
)
def test_the_only_worker_that_uploads(job: JobSpec, index: int) -> None:
    assignment = an_assignment(job=job)
    assert output_index(assignment) == index
    name = "XLEARNING_OUTPUT_WORKER_INDEX"
    said = promised(assignment, Granted(CONTAINER_ID)).get(name)
    assert said == (None if index < 0 else str(index))


def test_the_user_has_the_last_word_and_paths_are_joined() -> None:
    given = {"PATH": "/opt/own", "TF_INDEX": "7", "PYTHONPATH": "lib"}
    assignment = dataclasses.replace(an_assignment(), environment=given)
    variables = trainer_environment(
        {"PATH": "/usr/bin"},
        assignment,
        {"TF_INDEX": "0", "TF_ROLE": "worker"},
        Granted(CONTAINER_ID),
    )
    assert variables["PATH"] == "/opt/own:/usr/bin"
    assert variables["PYTHONPATH"] == "lib"
    assert (variables["TF_INDEX"], variables["TF_ROLE"]) == ("7", "worker")


@pytest.mark.parametrize(
    ("container_id", "attempt"),
    [
        ("container_e17_1410901177871_0001_01_000005", "1410901177871_0001_000001"),
        (CONTAINER_ID, "1700000000000_0001_000002"),
    ],
)
def test_the_attempt_of_a_container(container_id: str, attempt: str) -> None:
    assert attempt_id(container_id) == f"appattempt_{attempt}"


def test_no_container_no_attempt() -> None:
    assert attempt_id("job_1") == ""


def test_modules_that_came_with_the_program_are_found() -> None:
    present = {"PWD": "/local/c2", "PYTHONPATH": "/opt/cluster"}
    variables = trainer_environment(present, an_assignment(), {}, Granted(CONTAINER_ID))
    assert variables["PYTHONPATH"] == "/local/c2:/opt/cluster"
