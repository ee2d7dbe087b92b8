"""When a container is over its limit, and YARN's words for it."""

from __future__ import annotations

import pytest

from xlearning.local.node.memory import Limits, ProcessUsage, binary, excess

C1 = "container_1_0001_01_000001"
LIMITS = Limits(256 << 20, None, 4096)


def process(pid: int, pages: int, virtual: int = 1 << 20) -> ProcessUsage:
    """Return a process."""
    return ProcessUsage(pid, 1, 7, 7, "python", 10, 20, virtual, pages, "python x.py")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (5, "5"),
        (256 << 20, "256 M"),
        (390_700_000, "372.6 M"),
        ((1 << 20) - 1, "1.0 M"),
        (1536, "1.5 K"),
        (1 << 30, "1 G"),
    ],
)
def test_numbers(count: int, text: str) -> None:
    assert binary(count) == text


def test_within_the_limit() -> None:
    assert excess(C1, 7, [process(7, 65_536)], {7}, LIMITS) is None


def test_a_young_process_may_use_twice_as_much() -> None:
    tree = [process(7, 100), process(8, 100_000)]
    assert excess(C1, 7, tree, {7}, LIMITS) is None
    assert excess(C1, 7, tree, {7, 8}, LIMITS) is not None
    assert excess(C1, 7, [process(8, 140_000)], (), LIMITS) is not None


def test_the_words_are_yarns() -> None:
    found = excess(C1, 7, [process(7, 95_386, 1 << 30)], {7}, LIMITS)
    assert found is not None
    assert found.exit_status == -104
    assert found.statement == (
        f"Container [pid=7,containerID={C1}] is running 122265600B beyond the"
        " 'PHYSICAL' memory limit. Current usage: 372.6 MB of 256 MB physical memory"
        " used; 1 GB of 537.6 MB virtual memory used. Killing container.\n"
        f"Dump of the process-tree for {C1} :\n"
        "\t|- PID PPID PGRPID SESSID CMD_NAME USER_MODE_TIME(MILLIS)"
        " SYSTEM_TIME(MILLIS) VMEM_USAGE(BYTES) RSSMEM_USAGE(PAGES) FULL_CMD_LINE\n"
        "\t|- 7 1 7 7 (python) 10 20 1073741824 95386 python x.py\n"
    )


def test_virtual_memory_where_it_has_a_limit() -> None:
    limits = Limits(256 << 20, 512 << 20, 4096)
    assert excess(C1, 7, [process(7, 1)], {7}, limits) is None
    found = excess(C1, 7, [process(7, 1, 1 << 30)], {7}, limits)
    assert found is not None
    assert found.exit_status == -103
    assert "beyond the 'VIRTUAL' memory limit" in found.statement
    assert "1 GB of 512 MB virtual memory used" in found.statement
