"""An assignment knows its role and what YARN granted."""

from __future__ import annotations

from tests.container.stories import an_assignment


def test_an_assignment_knows_its_role() -> None:
    assignment = an_assignment(gpus=2)
    assert assignment.role.name == "worker"
    assert assignment.gpus == 2
