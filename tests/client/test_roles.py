from __future__ import annotations

import pytest

from xlearning.client.roles import Program, Roles, check_limits, role_specs
from xlearning.config.load import Entry, load_settings
from xlearning.errors import ConfigError
from xlearning.job.resources import Resources

PROGRAM = Program(("python", "a.py"), {"A": "b"})


def roles(kind: str = "TENSORFLOW", **values: str) -> Roles:
    entries = [
        Entry(f"xlearning.{name.replace('_', '.')}", value, f"`--{name}`")
        for name, value in values.items()
    ]
    settings = load_settings(entries)
    found = role_specs(kind, settings, PROGRAM)
    check_limits(kind, settings, found.specs)
    return found


def counts(found: Roles) -> list[tuple[str, int]]:
    return [(role.name, role.count) for role in found.specs]


def test_one_worker_is_the_default() -> None:
    (worker,) = roles().specs
    assert (worker.name, worker.count) == ("worker", 1)
    assert worker.resources == Resources(1024, 1)
    assert worker.command == PROGRAM.command
    assert worker.environment == PROGRAM.environment


def test_workers_and_parameter_servers_have_their_own_size() -> None:
    worker, ps = roles(
        worker_num="2",
        worker_memory="2G",
        worker_cores="3",
        worker_gcores="1",
        ps_num="1",
        ps_memory="512",
        ps_cores="2",
        ps_gcores="4",
        worker_nodeLabelExpression="gpu",
    ).specs
    assert worker.resources == Resources(2048, 3, 1)
    assert worker.node_label == "gpu"
    assert ps.resources == Resources(512, 2, 4)
    assert ps.node_label == ""


def test_a_chief_of_another_size_is_a_role_of_its_own() -> None:
    found = roles(worker_num="3", ps_num="1", chief_worker_memory="4G")
    assert counts(found) == [("chief", 1), ("worker", 2), ("ps", 1)]
    assert found.specs[0].resources.memory_mb == 4096


def test_a_chief_of_the_same_size_is_worker_0() -> None:
    assert counts(roles(worker_num="3", chief_worker_memory="1024")) == [("worker", 3)]


def test_the_memory_of_workers_in_conf_does_not_make_a_chief() -> None:
    assert counts(roles("XLEARNING", worker_memory="4096")) == [("worker", 1)]


def test_the_last_worker_becomes_the_evaluator() -> None:
    found = roles(worker_num="3", ps_num="1", tf_evaluator="true")
    assert counts(found) == [("worker", 2), ("evaluator", 1), ("ps", 1)]
    assert found.warnings == ()
    strategy = {"tf_distribution_strategy": "true", "tf_evaluator": "true"}
    assert counts(roles(worker_num="3", **strategy)) == [
        ("worker", 2),
        ("evaluator", 1),
    ]


def test_chief_and_evaluator_can_be_all_there_is() -> None:
    found = roles(
        worker_num="2",
        ps_num="1",
        tf_evaluator="true",
        chief_worker_memory="2048",
        evaluator_worker_memory="512",
    )
    assert counts(found) == [("chief", 1), ("evaluator", 1), ("ps", 1)]
    assert [role.resources.memory_mb for role in found.specs] == [2048, 512, 1024]


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("TENSORFLOW", {"worker_num": "1", "ps_num": "1"}, "with one worker only"),
        ("TENSORFLOW", {"worker_num": "2"}, "without parameter servers"),
        ("OTHER", {"worker_num": "2"}, "only a TENSORFLOW job has an evaluator"),
    ],
)
def test_otherwise_there_is_no_evaluator_and_a_warning(
    kind: str, values: dict[str, str], words: str
) -> None:
    found = roles(kind, tf_evaluator="true", **values)
    assert "evaluator" not in dict(counts(found))
    assert any(words in warning for warning in found.warnings)


def test_other_types_have_no_parameter_servers_and_no_chief() -> None:
    found = roles("OTHER", ps_num="2", chief_worker_memory="2048")
    assert counts(found) == [("worker", 1)]
    assert [warning.partition(":")[0] for warning in found.warnings] == [
        "`--ps_num`",
        "`--chief_worker_memory`",
    ]


def test_the_limit_on_tasks() -> None:
    with pytest.raises(ConfigError, match="Container num requested over the limit 3"):
        roles(worker_num="3", ps_num="1", execute_node_limit="3")
    assert counts(roles("OTHER", worker_num="4", execute_node_limit="3"))
    assert counts(roles(worker_num="2", ps_num="1", execute_node_limit="3"))


def test_the_worker_that_uploads_exists() -> None:
    assert roles(worker_num="2", output_index="1")
    with pytest.raises(ConfigError, match="`--output_index`: there is no worker 2"):
        roles(worker_num="2", output_index="2")
