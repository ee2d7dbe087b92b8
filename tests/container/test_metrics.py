"""Memory and processor time of real processes."""

from __future__ import annotations

import subprocess
import sys

from xlearning.container.metrics import Meter
from xlearning.container.process_tree import ProcessTree

MIB = 1 << 20
EATS = "import sys; x = b'x' * (64 << 20); print(flush=True); sys.stdin.read()"
WORKS = (
    "import sys, time\n"
    "while time.process_time() < 0.3: pass\n"
    "print(flush=True); sys.stdin.read()"
)


def start(program: str) -> subprocess.Popen[bytes]:
    """Start a program and wait until it has done its work."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_memory_is_that_of_the_whole_tree_and_the_peak_stays() -> None:
    meter = Meter(ProcessTree())
    alone = meter.measure(1.0)
    with start(EATS) as process:
        both = meter.measure(2.0)
        process.communicate()
    after = meter.measure(3.0)
    assert both.memory_bytes - alone.memory_bytes > 60 * MIB
    assert after.memory_bytes < both.memory_bytes
    assert after.peak_memory_bytes == both.peak_memory_bytes == both.memory_bytes


def test_processor_time_is_a_share_of_one_core() -> None:
    meter = Meter(ProcessTree())
    assert meter.measure(1.0).cpu_percent == 0.0
    with start(WORKS) as process:
        worked = meter.measure(11.0)
        process.communicate()
    assert 2.5 <= worked.cpu_percent < 20.0
    assert meter.measure(11.0).cpu_percent == 0.0
