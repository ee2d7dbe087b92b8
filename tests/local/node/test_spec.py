"""Options are YARN's defaults."""

from __future__ import annotations

from xlearning.local.node.spec import NodeOptions


def test_a_node_behaves_as_yarn_does_by_default() -> None:
    options = NodeOptions()
    assert options.sigkill_delay_s == 0.25
    assert not options.memory_enforced
    assert options.user_home_dir == "/home/"
