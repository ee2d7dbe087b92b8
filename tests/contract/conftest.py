"""The same asserts on the one-machine YARN and on a real one.

A real one is tested with `pytest tests/contract --yarn-conf DIR`, or where
`XLEARNING_CONTRACT` is `both` or `real` (no local one then) and `HADOOP_CONF_DIR` names
it, as in `make test`. Its queues are `default`, `prod` and `dev`, and its nodes have
4096 MiB, 8 cores and 2 GPUs, as `xl cluster up` starts it. How many tests passed on
which is said at the end.
"""

from __future__ import annotations

import json
import os
from collections import Counter
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
LOCAL, HADOOP = "local", "hadoop"
_SUMMARY_OF = "tests/contract/"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names a real cluster."""
    parser.addoption("--yarn-conf", help="HADOOP_CONF_DIR of a real cluster")


def real_conf(config: pytest.Config) -> Path | None:
    """Return the configuration of the real cluster, None where none is to be tested."""
    given = config.getoption("--yarn-conf", default=None)
    if given is None and os.environ.get("XLEARNING_CONTRACT") in ("both", "real"):
        given = os.environ.get("HADOOP_CONF_DIR")
    return Path(given) if given else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let every test run on every cluster."""
    if "yarn" not in metafunc.fixturenames:
        return
    sides = [] if os.environ.get("XLEARNING_CONTRACT") == "real" else [LOCAL]
    marks = [pytest.mark.hadoop, pytest.mark.timeout(240)]
    parameters = [pytest.param(side) for side in sides]
    if real_conf(metafunc.config) is not None:
        parameters.append(pytest.param(HADOOP, marks=marks))
    metafunc.parametrize("yarn", parameters, indirect=True, scope="session")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests passed and failed on which cluster."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if report.nodeid.startswith(_SUMMARY_OF) and "[" in report.nodeid:
                words = report.nodeid.partition("[")[2].rstrip("]").split("-")
                side = next((s for s in (LOCAL, HADOOP) if s in words), None)
                if side is not None:
                    counts[side, outcome] += 1
    for side in (LOCAL, HADOOP):
        found = [f"{n} {what}" for (where, what), n in counts.items() if where == side]
        if found:
            terminalreporter.write_line(f"contract, {side}: {', '.join(found)}")


@dataclass(frozen=True)
class Yarn:
    """A cluster under test.

    Attributes:
        conf_dir: Its configuration.
        web: URL of the ResourceManager.
        scheduler: `host:port` for ApplicationMasters.
        real: Whether it is Hadoop's.
    """

    conf_dir: Path
    web: str
    scheduler: str
    real: bool

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        data: str | None = None,
        kind: str = "application/json",
    ) -> requests.Response:
        """Call the REST API below `/ws/v1/cluster`, with JSON or text as the body."""
        headers = {"Accept": "application/json"}
        if body is not None:
            data = json.dumps(body)
        if data is not None:
            headers["Content-Type"] = kind
        return requests.request(
            method,
            f"{self.web}/ws/v1/cluster{path}",
            params={"user.name": USER},
            data=data,
            headers=headers,
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
    if request.param == HADOOP:
        given = real_conf(request.config)
        assert given is not None
        yield of_conf(given, real=True)
        return
    home = Home(tmp_path_factory.mktemp("local"))
    spec = LocalSpec(
        nodes=2,
        memory_mb=4096,
        gpus=2,
        queues="default,prod,dev",
        conf={
            "yarn.nodemanager.sleep-delay-before-sigkill.ms": "1000",
            "yarn.nodemanager.resource.memory.enforced": "false",
        },
    )
    start(home, spec)
    yield of_conf(home.conf_dir, real=False)
    stop(home)


def of_conf(folder: Path, *, real: bool) -> Yarn:
    """Return the cluster that a folder describes."""
    hadoop = load_hadoop(folder, {})
    web, scheduler = rm_web_addresses(hadoop)[0], rm_scheduler_addresses(hadoop)[0]
    return Yarn(folder, web, scheduler, real)
