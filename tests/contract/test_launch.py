"""What becomes of a container's text, files and end.

All containers are started by one ApplicationMaster at the beginning; each test looks
at one of them. They leave what they see in a folder that the tests can read.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.contract.holding import Held, hold
from tests.contract.launching import NASTY, Ended, all_contexts, run_all, start
from tests.contract.test_rest import ended, kill, submit, wait
from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.launch_context import ContainerLaunchContext, command_line
from xlearning.hadoop.records import (
    Container,
    ContainerStatus,
    Resource,
    ResourceRequest,
)
from xlearning.hadoop.rpc.failover import Address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.conftest import Yarn

DEAF = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
time.sleep(60)
"""
GIVEN_BY_YARN = {
    "CONTAINER_ID",
    "HADOOP_CONF_DIR",
    "HADOOP_TOKEN_FILE_LOCATION",
    "HOME",
    "JVM_PID",
    "LOCALIZATION_COUNTERS",
    "LOCAL_DIRS",
    "LOCAL_USER_DIRS",
    "LOGNAME",
    "LOG_DIRS",
    "MALLOC_ARENA_MAX",
    "NM_HOST",
    "NM_HTTP_PORT",
    "NM_PORT",
    "PATH",
    "PRELAUNCH_ERR",
    "PRELAUNCH_OUT",
    "PWD",
    "USER",
}


@pytest.fixture(scope="module")
def world(yarn: Yarn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """All containers of this file, ended."""
    folder = tmp_path_factory.mktemp("launch")
    application_id, token = hold(yarn, folder)
    held = Held(application_id, token, Address.parse(yarn.scheduler))
    yield Ended(held, folder, asyncio.run(run_all(held, all_contexts(folder))))
    kill(yarn, application_id)


def variables(data: str) -> dict[str, str]:
    """Read what `env -0` wrote."""
    pairs = (line.partition("=") for line in data.split("\0") if line)
    return {name: value for name, _, value in pairs}


# ---- text


def test_what_is_quoted_arrives(world: Ended) -> None:
    words, environment = json.loads(world.text("nasty"))
    assert words == list(NASTY)
    assert environment == list(NASTY)
    assert world.end("nasty") == (0, "")


def test_what_is_not_quoted_in_variables(world: Ended) -> None:
    found = variables(world.text("raw"))
    user = found["LOGNAME"]
    assert found["QUOTES"] == f"x{user} yq"
    assert found["BRACES"] == "{a:{b:1"
    assert found["VARIABLE"] == user
    assert found["SEPARATED"] == "a:b"
    assert found["SINGLE"] == f"'it {user}'"
    assert found["COMMAND"] == "hi"
    assert found["LINES"] == "a\nb"
    assert found["PLACE"] == f"{found['LOG_DIRS']}/x"


def test_what_is_not_quoted_in_a_command(world: Ended) -> None:
    user = variables(world.text("raw"))["LOGNAME"]
    words = world.text("expanded").split(maxsplit=2)
    assert words[0] == "it"
    assert words[1].isdecimal()
    assert words[2] == f"{user} sq {user} {user} a:b t\n"
    # The quotes end the NodeManager's own: the redirection is an argument of bash.
    assert not (world.folder / "lost").exists()


def test_what_yarn_gives(world: Ended) -> None:
    found = variables(world.text("given"))
    assert found.keys() >= GIVEN_BY_YARN
    assert found["PATH"] == (
        "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin:."
    )
    assert found["PWD"].endswith(f"/{found['CONTAINER_ID']}")
    assert found["HADOOP_TOKEN_FILE_LOCATION"] == f"{found['PWD']}/container_tokens"
    assert found["PWD"].startswith(found["LOCAL_DIRS"])
    assert found["LOG_DIRS"].endswith(found["CONTAINER_ID"])
    assert "HADOOP_USER_NAME" not in found
    assert "APPLICATION_WEB_PROXY_BASE" not in found
    listed = world.text("ls").split()
    assert {"container_tokens", "launch_container.sh", "tmp"} <= set(listed)


def test_files(world: Ended) -> None:
    assert world.end("files") == (0, "")
    assert world.text("looked").splitlines() == [
        "a.txt 500 regular file",
        "deep/b.txt 500 regular file",
        "tar/sub 700 directory",
        "tar/sub/program 500 regular file",
        "zip/inside 500 regular file",
        "hellootherhizipped",
    ]


# ---- files that cannot be had


def test_a_file_that_is_not_there(world: Ended) -> None:
    status, text = world.end("absent")
    assert status == -1000
    assert text.startswith(
        "[t]File file:/no/such/file does not exist\n"
        "java.io.FileNotFoundException: File file:/no/such/file does not exist\n"
    )


def test_a_file_that_has_changed(world: Ended) -> None:
    status, text = world.end("changed")
    assert status == -1000
    assert text.startswith(
        f"[t]Resource file:{world.folder}/file changed on src filesystem - expected: "
        '"1970-01-01T00:00:00.001+0000", was: "2'
    )
    assert "java.io.IOException: Resource file:" in text


def test_a_public_file_that_is_not_public(world: Ended) -> None:
    status, text = world.end("hidden")
    assert status == -1000
    assert (
        f"java.io.IOException: Resource file:{world.folder}/secret is not publicly "
        "accessible and as such cannot be part of the public cache."
    ) in text


def test_a_master_without_its_file(yarn: Yarn) -> None:
    value = {
        "resource": "file:///no/such/file",
        "type": "FILE",
        "visibility": "APPLICATION",
        "size": 1,
        "timestamp": 1,
    }
    files = {"entry": [{"key": "link", "value": value}]}
    app = wait(
        yarn, submit(yarn, **{"am-container-spec": {"local-resources": files}}), ended
    )
    assert app["state"] == "FAILED"
    assert "exited with  exitCode: -1000\nFailing this attempt." in app["diagnostics"]
    assert "File file:/no/such/file does not exist" in app["diagnostics"]


# ---- ends


@pytest.mark.parametrize("name", ["well", "empty"])
def test_a_good_end(world: Ended, name: str) -> None:
    assert world.end(name) == (0, "")


@pytest.mark.parametrize(
    ("name", "code", "prelaunch", "stderr"),
    [
        ("three", 3, "", "x" * 4091 + "\nlast"),
        ("unknown", 127, "", "/bin/bash: line 1: no_such_command: command not found\n"),
        ("unredirected", 4, "boom\n", None),
    ],
)
def test_a_bad_end(
    world: Ended, name: str, code: int, prelaunch: str, stderr: str | None
) -> None:
    tail = prelaunch
    if stderr is not None:
        tail += f"Last 4096 bytes of stderr :\n{stderr}\n"
    text = (
        f"[t]Container exited with a non-zero exit code {code}. Error file: "
        f"prelaunch.err.\nLast 4096 bytes of prelaunch.err :\n{tail}\n"
    )
    assert world.end(name) == (
        code,
        "[t]Exception from container-launch.\n"
        f"Container id: {world.statuses[name].container_id}\n"
        f"Exit code: {code}\n\n{text}{text}",
    )


@pytest.mark.parametrize(("name", "code"), [("killed", 137), ("terminated", 143)])
def test_an_end_by_a_signal(world: Ended, name: str, code: int) -> None:
    assert world.end(name) == (
        code,
        f"[t]Container killed on request. Exit code is {code}\n"
        f"[t]Container exited with a non-zero exit code {code}. \n"
        "[t]Killed by external signal\n",
    )


def test_too_much_memory(world: Ended) -> None:
    status, text = world.end("fat")
    assert status == -104
    container_id = world.statuses["fat"].container_id
    assert re.match(
        rf"\[t\]Container \[pid=\d+,containerID={container_id}\] is running \d+B "
        r"beyond the 'PHYSICAL' memory limit\. Current usage: [\d.]+ MB of 128 MB "
        r"physical memory used; [\d.]+ [MG]B of 268\.8 MB virtual memory used\. "
        r"Killing container\.\nDump of the process-tree for ",
        text,
    )
    assert text.endswith(
        "[t]Container killed on request. Exit code is 143\n"
        "[t]Container exited with a non-zero exit code 143. \n"
    )


def appears(path: Path) -> None:
    """Wait for a file."""
    while not path.exists():
        time.sleep(0.05)


async def test_a_stop_that_is_not_heard(world: Ended) -> None:
    held, ready = world.held, world.folder / "ready"
    await held.allocate(ResourceRequest(2, Resource(64, 1), 1))
    (message,) = await held.containers(1)
    given = Container.from_proto(message)
    words = [sys.executable, "-c", DEAF, str(ready)]
    await start(held, given, ContainerLaunchContext(command_line(words)))
    async with asyncio.timeout(60):
        await asyncio.to_thread(appears, ready)
        async with ContainerManagementProtocol(
            held.nm_tokens[str(given.node_id)]
        ) as node:
            await node.stop_containers([given.id])
        done: list[ContainerStatus] = []
        while not done:
            answer = await held.allocate()
            done += map(ContainerStatus.from_proto, answer.completed_container_statuses)
            await asyncio.sleep(0.1)
    world.statuses["deaf"] = done[0]
    assert world.end("deaf") == (
        -105,
        "[t]Container killed by the ApplicationMaster.\n"
        "[t]Container killed on request. Exit code is 137\n"
        "[t]Container exited with a non-zero exit code 137. \n",
    )
