from __future__ import annotations

from xlearning.config.keys import KEYS
from xlearning.job.spec import JobOptions


def test_the_defaults_are_those_of_a_job() -> None:
    options = JobOptions()
    milliseconds = {
        "xlearning.container.heartbeat.interval": options.agent_heartbeat_s,
        "xlearning.task.timeout": options.agent_timeout_s,
        "xlearning.localresource.timeout": options.localisation_timeout_s,
        "xlearning.allocation.timeout": options.gang_patience_s,
        "xlearning.container.stop.timeout": options.stop_grace_s,
        "xlearning.allocate.interval": options.rm_heartbeat_s,
    }
    for name, seconds in milliseconds.items():
        assert KEYS[name].default == seconds * 1000, name
    rate = KEYS["xlearning.container.maxFailures.rate"].default
    assert rate == options.failure_rate
