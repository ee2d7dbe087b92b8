"""Clients that no one here wrote: Hadoop's command line and DistributedShell."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import USER
from tests.contract.java_clients import (
    CLI,
    command_line_clients,
    distributed_shell,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.conftest import Yarn

pytestmark = pytest.mark.java

APPLICATION = CLI + "ApplicationCLI"
ENDED = ("FINISHED", "FAILED", "KILLED")


def submit(yarn: Yarn, name: str) -> str:
    """Submit an application that sleeps, and return its id as soon as it runs."""
    application_id = yarn.new_id()
    body = {
        "application-id": application_id,
        "application-name": name,
        "application-type": "YARN",
        "resource": {"memory": 64, "vCores": 1},
        "max-app-attempts": 1,
        "am-container-spec": {"commands": {"command": "exec sleep 100"}},
    }
    assert yarn.call("POST", "/apps", body).status_code == 202
    wait(yarn, application_id, lambda app: "amHostHttpAddress" in app)
    return application_id


def wait(yarn: Yarn, application_id: str, done: Callable[[Any], bool]) -> Any:
    """Return an application's report as soon as it is as wanted."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        app = yarn.get(f"/apps/{application_id}")["app"]
        if done(app):
            return app
    raise AssertionError(app)


def test_list_status_and_kill(yarn: Yarn, tmp_path: Path) -> None:
    java = command_line_clients(yarn.conf_dir, tmp_path)
    name = submit(yarn, "nap")
    listed = java.output(APPLICATION, "application", "-list")
    (line,) = (each for each in listed.splitlines() if each.startswith(name))
    assert [word.strip() for word in line.split("\t")][1:7] == [
        "nap",
        "YARN",
        USER,
        "root.default",
        "ACCEPTED",
        "UNDEFINED",
    ]
    status = java.output(APPLICATION, "application", "-status", name)
    assert f"Application-Id : {name}\n" in status
    assert "State : ACCEPTED\n" in status
    killed = java.output(APPLICATION, "application", "-kill", name)
    assert f"Killing application {name}\n" in killed
    app = wait(yarn, name, lambda app: app["state"] in ENDED)
    assert app["state"] == "KILLED"
    words = f"Application {name} was killed by user {USER} at 127.0.0.1"
    assert app["diagnostics"].strip() == words
    again = java.output(APPLICATION, "application", "-kill", name)
    assert again.strip() == f"Application {name} has already finished"


def test_an_application_that_never_was(yarn: Yarn, tmp_path: Path) -> None:
    java = command_line_clients(yarn.conf_dir, tmp_path)
    name = "application_1_0001"
    done = java.run(APPLICATION, "application", "-status", name)
    assert done.returncode != 0
    text = f"Application with id '{name}' doesn't exist in RM"
    assert text in done.stdout + done.stderr


def test_attempts_and_containers(yarn: Yarn, tmp_path: Path) -> None:
    java = command_line_clients(yarn.conf_dir, tmp_path)
    name = submit(yarn, "nap")
    attempts = java.output(APPLICATION, "applicationattempt", "-list", name)
    found = re.search(r"^(appattempt_\w+)\s+LAUNCHED\s+(container_\w+)", attempts, re.M)
    assert found is not None, attempts
    containers = java.output(APPLICATION, "container", "-list", found[1])
    assert re.search(rf"^{found[2]}\s.*RUNNING", containers, re.M), containers
    yarn.call("PUT", f"/apps/{name}/state", {"state": "KILLED"})


def test_nodes_and_queues(yarn: Yarn, tmp_path: Path) -> None:
    java = command_line_clients(yarn.conf_dir, tmp_path)
    nodes = java.output(CLI + "NodeCLI", "node", "-list")
    running = re.findall(r"^\s*\S+:\d+\s+RUNNING\s", nodes, re.M)
    active = yarn.get("/metrics")["clusterMetrics"]["activeNodes"]
    assert len(running) == active, nodes
    queue = java.output(CLI + "QueueCLI", "queue", "-status", "default")
    assert "Queue Path : root.default\n" in queue
    assert "State : RUNNING\n" in queue
    unknown = java.run(CLI + "QueueCLI", "queue", "-status", "nosuch")
    assert unknown.returncode != 0
    assert "Cannot get queue from RM by queueName = nosuch" in unknown.stdout


def test_distributed_shell(yarn: Yarn, tmp_path: Path) -> None:
    """Client, ApplicationMaster and containers; then the logs, by Hadoop's reader."""
    shell, jar = distributed_shell(yarn.conf_dir, tmp_path)
    main = "org.apache.hadoop.yarn.applications.distributedshell.Client"
    name = f"shell-{tmp_path.name}"
    arguments = f"-appname {name} -num_containers 2 -container_memory 128"
    words = [*arguments.split(), "-master_memory", "256", "-shell_command", "date"]
    done = shell.run(main, "-jar", str(jar), *words)
    assert done.returncode == 0, done.stdout + done.stderr
    (app,) = (a for a in yarn.get("/apps")["apps"]["app"] if a["name"] == name)
    assert (app["state"], app["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    collected = "SUCCEEDED"
    wait(yarn, app["id"], lambda app: app["logAggregationStatus"] == collected)
    java = command_line_clients(yarn.conf_dir, tmp_path)
    arguments = f"-applicationId {app['id']} -log_files stdout"
    logs = java.output(CLI + "LogsCLI", *arguments.split())
    dates = re.findall(r"^LogContents:\n\w{3} \w{3} .*\d{4}$", logs, re.M)
    assert len(dates) == 2, logs
