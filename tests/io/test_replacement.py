from __future__ import annotations

from itertools import product

import msgspec
import pytest

from xlearning.io.replacement import (
    Present,
    Replacement,
    Step,
    built_at,
    last_step,
    next_step,
    replacement,
)
from xlearning.job.resources import Resources
from xlearning.job.spec import DataOptions, JobSpec, RuntimeSpec

JOB = JobSpec(
    application_id="application_1_0001",
    name="a job",
    application_type="XLEARNING",
    user="alice",
    queue="default",
    priority=0,
    am=Resources(256, 1),
    roles=(),
    staging_url="",
    runtime=RuntimeSpec(python=""),
    default_fs="hdfs://nn",
)
OVER = msgspec.structs.replace(JOB, data=DataOptions(overwrite_output=True))
STATES = [Present(*each) for each in product((True, False), repeat=3)]


def after(present: Present, step: Step) -> Present:
    """Return what there is after a step."""
    match step:
        case Step.PUT_AWAY:
            assert present.url
            assert not present.old, "a rename never overwrites"
            return present._replace(url=False, old=True)
        case Step.PUT_IN:
            assert present.new
            assert not present.url, "a rename never overwrites"
            return present._replace(url=True, new=False)
        case Step.PUT_BACK:
            assert present.old
            assert not present.url, "a rename never overwrites"
            return present._replace(url=True, old=False)
        case Step.DELETE_OLD:
            assert present.url, "the last version is deleted"
            return present._replace(old=False)
        case _:
            return present


def test_versions_are_beside_the_output_and_hidden() -> None:
    assert replacement(OVER, "hdfs://nn/a/out") == Replacement(
        "hdfs://nn/a/out",
        "hdfs://nn/a/.out.new.application_1_0001",
        "hdfs://nn/a/.out.old.application_1_0001",
    )
    assert built_at(OVER, "hdfs://nn/out") == "hdfs://nn/.out.new.application_1_0001"


def test_an_output_that_replaces_nothing_is_made_in_its_place() -> None:
    assert replacement(JOB, "hdfs://nn/out") is None
    assert built_at(JOB, "hdfs://nn/out") == "hdfs://nn/out"


@pytest.mark.parametrize("present", STATES)
def test_from_every_state_the_new_version_gets_into_place(present: Present) -> None:
    steps: list[Step] = []
    while not steps or steps[-1] not in (Step.DONE, Step.REFUSE, Step.LOST):
        steps.append(next_step(present))
        present = after(present, steps[-1])
        assert len(steps) < 5
    if steps[-1] is Step.DONE:
        assert present == Present(url=True, new=False, old=False)
    elif steps[-1] is Step.REFUSE:
        assert present == Present(url=True, new=True, old=True)
    else:
        assert not present.url
        assert not present.new


@pytest.mark.parametrize("present", STATES)
def test_in_every_state_one_can_give_up(present: Present) -> None:
    some = any(present)
    steps: list[Step] = []
    while not steps or steps[-1] not in (Step.DONE, Step.REFUSE):
        steps.append(last_step(present))
        present = after(present, steps[-1])
        assert len(steps) < 5
    assert present.url == some
