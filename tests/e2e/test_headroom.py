"""A job that is larger than the cluster: what its user hears while it waits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from tests.e2e.hadoop import Hadoop

TOO_MANY = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "3G"]
WORDS = re.compile(
    r"waiting for a container of 3072 MiB, 1 core "
    r"\(queue default, which has (\d+) MiB, \d+ cores?(, \d+ GPUs?)? left"
)


def test_what_is_wanted_stands_beside_what_the_queue_has_left(hadoop: Hadoop) -> None:
    many = ["--worker-num", "5", "--launch-cmd", "sleep 600"]
    client = hadoop.start("xl-submit", *TOO_MANY, *many)
    application_id = client.application_id()
    try:
        eventually(
            lambda: WORDS.search(client.seen().stderr) is not None,
            lambda: client.seen().text,
            60.0,
        )
        status = hadoop.xl("status", application_id)
        assert WORDS.search(status.stdout), status.stdout
    finally:
        stopped = hadoop.xl("stop", application_id)
    assert stopped.code == 0, stopped.text
    assert client.wait().code == 2
    hadoop.assert_nothing_left(application_id)
