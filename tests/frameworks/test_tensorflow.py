"""TENSORFLOW: XLearning's variables, and `TF_CONFIG` as TensorFlow 2 reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.tensorflow import Tensor2Tensor, TensorFlow
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

STRATEGY = JobOptions(distribution_strategy=True)
PLACE = {"XL_ROLE", "XL_INDEX", "XL_WORLD_SIZE", "TF_ROLE", "TF_INDEX"}
PLACE |= {"TN_ROLE", "TN_INDEX"}


def view_of(job: JobSpec) -> ClusterView:
    """Return a view in which worker 1 listens on `worker1:1`."""
    members = {
        role.name: tuple(f"{role.name}{index}:1" for index in range(role.count))
        for role in job.roles
    }
    return ClusterView(1, members)


def told(job: JobSpec, role: str, index: int) -> dict[str, str]:
    """Return the variables of one task."""
    return TensorFlow().launch(job, view_of(job), TaskId(role, index)).environment


def config(job: JobSpec, role: str, index: int) -> object:
    """Return a task's `TF_CONFIG`."""
    return json.loads(told(job, role, index)["TF_CONFIG"])


def test_with_parameter_servers_all_start_together(job: Maker) -> None:
    assert TensorFlow().shape(job(worker=1, ps=1)) == Shape(
        rendezvous=True,
        ports={"chief": 1, "worker": 1, "ps": 1, "evaluator": 1},
        services=frozenset({"ps"}),
        optional=frozenset({"evaluator"}),
        restarts_alone=frozenset({"evaluator"}),
    )


@pytest.mark.parametrize(
    ("options", "counts", "together"),
    [
        (None, {"worker": 3}, False),
        (STRATEGY, {"worker": 1}, False),
        (STRATEGY, {"worker": 2}, True),
        (STRATEGY, {"chief": 1, "worker": 1}, True),
        (STRATEGY, {"worker": 1, "evaluator": 1}, True),
        (None, {"chief": 1, "worker": 1}, False),
    ],
)
def test_without_them_only_a_strategy_makes_a_cluster(
    job: Maker,
    options: JobOptions | None,
    counts: dict[str, int],
    together: bool,
) -> None:
    shape = TensorFlow().shape(job(options, **counts))
    assert shape.rendezvous is together
    assert shape.failure_rate == (0.0 if together else 0.5)


def test_independent_processes_get_role_and_index_only(job: Maker) -> None:
    told_alone = TensorFlow().launch(
        job(worker=2), ClusterView(0, {}), TaskId("worker", 1)
    )
    variables = told_alone.environment
    assert set(variables) == PLACE
    assert (variables["TF_ROLE"], variables["TF_INDEX"]) == ("worker", "1")


def test_with_parameter_servers_worker_0_is_chief_and_indexes_shift(job: Maker) -> None:
    training = job(worker=3, ps=1)
    cluster = {
        "chief": ["worker0:1"],
        "worker": ["worker1:1", "worker2:1"],
        "ps": ["ps0:1"],
    }
    chief = {"cluster": cluster, "task": {"type": "chief", "index": 0}}
    second = {"cluster": cluster, "task": {"type": "worker", "index": 1}}
    service = {"cluster": cluster, "task": {"type": "ps", "index": 0}}
    assert config(training, "worker", 0) == chief
    assert config(training, "worker", 2) == second
    assert config(training, "ps", 0) == service

    variables = told(training, "worker", 2)
    assert (variables["TF_ROLE"], variables["TF_INDEX"]) == ("worker", "2")
    assert json.loads(variables["TF_CLUSTER_DEF"]) == {
        "worker": ["worker0:1", "worker1:1", "worker2:1"],
        "ps": ["ps0:1"],
    }


def test_one_worker_with_parameter_servers_is_the_chief_alone(job: Maker) -> None:
    assert config(job(worker=1, ps=1), "worker", 0) == {
        "cluster": {"chief": ["worker0:1"], "ps": ["ps0:1"]},
        "task": {"type": "chief", "index": 0},
    }


def test_a_chief_of_its_own_size_is_worker_0(job: Maker) -> None:
    training = job(chief=1, worker=2, ps=1)
    variables = told(training, "chief", 0)
    assert (variables["TF_ROLE"], variables["TF_INDEX"]) == ("worker", "0")
    assert variables["XL_ROLE"] == "chief"
    assert told(training, "worker", 0)["TF_INDEX"] == "1"
    cluster = {
        "chief": ["chief0:1"],
        "worker": ["worker0:1", "worker1:1"],
        "ps": ["ps0:1"],
    }
    expected = {"cluster": cluster, "task": {"type": "worker", "index": 0}}
    assert config(training, "worker", 0) == expected


def test_a_strategy_without_parameter_servers_has_no_chief(job: Maker) -> None:
    training = job(STRATEGY, worker=2)
    assert config(training, "worker", 0) == {
        "cluster": {"worker": ["worker0:1", "worker1:1"]},
        "task": {"type": "worker", "index": 0},
    }
    assert "ps" not in json.loads(told(training, "worker", 0)["TF_CLUSTER_DEF"])


@pytest.mark.parametrize("options", [None, STRATEGY])
def test_an_evaluator_is_outside_the_cluster(
    job: Maker, options: JobOptions | None
) -> None:
    training = job(options, worker=2, evaluator=1, ps=1)
    cluster = {"chief": ["worker0:1"], "worker": ["worker1:1"], "ps": ["ps0:1"]}
    expected = {"cluster": cluster, "task": {"type": "evaluator", "index": 0}}
    assert config(training, "evaluator", 0) == expected
    # XLearning's definition names it, but only with a strategy.
    definition = json.loads(told(training, "evaluator", 0)["TF_CLUSTER_DEF"])
    assert ("evaluator" in definition) is (options is STRATEGY)


def test_an_evaluator_that_does_not_listen_is_not_named(job: Maker) -> None:
    training = job(STRATEGY, worker=2, evaluator=1)
    view = ClusterView(1, {"worker": ("n1:1", "n2:1"), "evaluator": ("",)})
    task = TaskId("worker", 0)
    variables = TensorFlow().launch(training, view, task).environment
    assert json.loads(variables["TF_CLUSTER_DEF"]) == {"worker": ["n1:1", "n2:1"]}


@given(st.integers(0, 1), st.integers(1, 5), st.integers(0, 1), st.integers(1, 3))
@settings(deadline=None)
def test_every_task_of_the_cluster_finds_itself_in_it(
    job: Maker, chief: int, worker: int, evaluator: int, ps: int
) -> None:
    training = job(chief=chief, worker=worker, evaluator=evaluator, ps=ps)
    view = view_of(training)
    for role in training.roles:
        for index in range(role.count):
            found = json.loads(told(training, role.name, index)["TF_CONFIG"])
            kind, place = found["task"]["type"], found["task"]["index"]
            if role.name == "evaluator":
                assert kind not in found["cluster"]
            else:
                assert found["cluster"][kind][place] == view.members[role.name][index]
            assert all(found["cluster"].values())


def test_workers_that_serve_a_coordinator_are_services(job: Maker) -> None:
    training: JobSpec = job(chief=1, worker=2, ps=1)
    chief, worker, ps = training.roles
    serving = msgspec.structs.replace(worker, service=True)
    training = msgspec.structs.replace(training, roles=(chief, serving, ps))
    shape = TensorFlow().shape(training)
    assert shape.services == {"worker", "ps"}
    assert shape.input_roles == ("worker",)


def test_hbox_s_other_names(job: Maker) -> None:
    training = job(worker=2, ps=1)
    variables = told(training, "worker", 1)
    assert variables["LOCAL_ADDRESS"] == "worker1:1"
    for name in ("ROLE", "INDEX", "CLUSTER_DEF"):
        assert variables[f"TN_{name}"] == variables[f"TF_{name}"]


def test_tensor2tensor_s_workers_are_masters(job: Maker) -> None:
    training = job(worker=2, ps=1)
    view = view_of(training)
    found = [
        json.loads(
            Tensor2Tensor().launch(training, view, task).environment["TF_CONFIG"]
        )
        for task in (TaskId("worker", 1), TaskId("ps", 0))
    ]
    cluster = {"master": ["worker0:1", "worker1:1"], "ps": ["ps0:1"]}
    master, ps = {"type": "master", "index": 1}, {"type": "ps", "index": 0}
    assert found == [
        {"cluster": cluster, "task": master, "environment": "cloud"},
        {"cluster": cluster, "task": ps, "environment": "cloud"},
    ]
    alone = job(STRATEGY, worker=2)
    told_alone = Tensor2Tensor().launch(alone, view_of(alone), TaskId("worker", 0))
    assert set(json.loads(told_alone.environment["TF_CONFIG"])["cluster"]) == {"master"}
