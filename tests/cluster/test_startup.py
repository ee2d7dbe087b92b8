from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster.conftest import program
from xlearning.cluster import processes
from xlearning.cluster.artifacts import Java
from xlearning.cluster.startup import Startup
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.cluster.site import Site


@pytest.fixture
def ready(site: Site) -> Site:
    """A cluster whose folders exist."""
    for folder in site.layout.folders:
        folder.mkdir(parents=True)
    return site


def startup(site: Site, home: Path, script: str, timeout_s: float) -> Startup:
    """Return a start with a Java that is a shell script."""
    program(home / "bin" / "java", script)
    return Startup(site, Java(home, 17), set(), print, timeout_s)


def test_a_daemon_that_ends_is_named_before_the_time_is_over(
    ready: Site, tmp_path: Path
) -> None:
    wanted = [ready.spec.daemon("rm")]
    start = startup(ready, tmp_path, "echo Port in use; exit 1", timeout_s=60)
    with pytest.raises(ClusterError, match=r"resourcemanager ended[^$]*Port in use"):
        start.run(wanted, wanted)


def test_a_daemon_that_never_gets_ready_is_named(ready: Site, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    wanted = [ready.spec.daemon("rm")]
    script = f"mkfifo {fifo}; read line < {fifo}"
    start = startup(ready, tmp_path, script, timeout_s=0.1)
    try:
        with pytest.raises(
            ClusterError, match=r"not ready after 0\.1 s: resourcemanager: no answer"
        ):
            start.run(wanted, wanted)
    finally:
        processes.kill(processes.living_daemons(ready.layout).values())
