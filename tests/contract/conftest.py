"""The same asserts on the one-machine YARN and, with --yarn-conf DIR, on a real one.

The real one is a cluster whose queues are `default`, `prod` and `dev`, and whose nodes
have 4096 MiB, 8 cores and 2 GPUs, as `xl cluster up` starts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from xlearning.config.cluster import rm_scheduler_addresses, rm_web_addresses
from xlearning.config.site import load_hadoop
from xlearning.local.home import Home, LocalSpec
from xlearning.local.starting import start, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "root"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names a real cluster."""
    parser.addoption("--yarn-conf", help="HADOOP_CONF_DIR of a real cluster")


@dataclass(frozen=True)
class Yarn:
    """A cluster under test.

    Attributes:
        conf_dir: Its configuration.
        web: URL of the ResourceManager.
        scheduler: `host:port` for ApplicationMasters.
    """

    conf_dir: Path
    web: str
    scheduler: str

    def call(
        self, method: str, path: str, body: object = None, user: str = USER
    ) -> requests.Response:
        """Call the REST API below `/ws/v1/cluster`."""
        return requests.request(
            method,
            f"{self.web}/ws/v1/cluster{path}",
            params={"user.name": user},
            json=body,
            headers={"Accept": "application/json"},
            timeout=30,
            allow_redirects=False,
        )

    def get(self, path: str) -> Any:
        """Return what a path answers."""
        return self.call("GET", path).json()

    def new_id(self) -> str:
        """Return a new application's id."""
        answer = self.call("POST", "/apps/new-application").json()
        return str(answer["application-id"])


@pytest.fixture(scope="session")
def yarn(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Yarn]:
    """The cluster under test."""
    given = request.config.getoption("--yarn-conf", default=None)
    if given:
        yield of_conf(Path(given))
        return
    home = Home(tmp_path_factory.mktemp("local"))
    spec = LocalSpec(
        nodes=2,
        memory_mb=4096,
        gpus=2,
        queues="default,prod,dev",
        conf={"yarn.nodemanager.sleep-delay-before-sigkill.ms": "1000"},
    )
    start(home, spec)
    yield of_conf(home.conf_dir)
    stop(home)


def of_conf(folder: Path) -> Yarn:
    """Return the cluster that a folder describes."""
    hadoop = load_hadoop(folder, {})
    return Yarn(folder, rm_web_addresses(hadoop)[0], rm_scheduler_addresses(hadoop)[0])
