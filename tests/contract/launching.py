"""Containers that show what becomes of their text, files and end."""

from __future__ import annotations

import asyncio
import io
import re
import signal
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
    command_line,
    environment_value,
)
from xlearning.hadoop.records import (
    Container,
    ContainerStatus,
    Resource,
    ResourceRequest,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.holding import Held

NASTY = (
    "",
    "it's",
    'a "b" c',
    "`echo x`",
    "$HOME ${HOME} $(id)",
    "\\",
    "ends in \\",
    '\\" \\$ \\`',
    "{{HOME}}",
    "{{{HOME}}}",
    '{"a":{"b":[1]}}',
    "<LOG_DIR> <CPS> <ADD_OPENS>",
    "a\r\nb\tc",
    "ü 漢 😀",
    "a=b;c & d | e > f < g # h",
    "!! * ? ~ [a-z]",
    "%s %d %%",
    "' \" ' \"",
)
DUMP = """
import json, os, sys
with open(sys.argv[1], "w") as out:
    values = [os.environ[f"N{n}"] for n in range(int(sys.argv[2]))]
    json.dump([sys.argv[3:], values], out)
"""
FAT = "x = bytearray(400 << 20); import time; time.sleep(60)"
REDIRECTED = " 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
RAW_ENVIRONMENT = {
    "QUOTES": 'x$LOGNAME y"q"',
    "BRACES": '{"a":{"b":1}}',
    "VARIABLE": "{{LOGNAME}}",
    "SEPARATED": "a<CPS>b",
    "SINGLE": "'it $LOGNAME'",
    "COMMAND": "`echo hi`",
    "LINES": "a\nb",
    "PLACE": "<LOG_DIR>/x",
}


def resource(
    path: Path,
    kind: LocalResourceType = LocalResourceType.FILE,
    visibility: LocalResourceVisibility = LocalResourceVisibility.APPLICATION,
) -> LocalResource:
    """Return a file as a local resource, whose size nobody checks."""
    changed_ms = path.stat().st_mtime_ns // 1_000_000
    return LocalResource(f"file://{path}", 0, changed_ms, kind, visibility)


def shown(folder: Path) -> dict[str, ContainerLaunchContext]:
    """Return containers that show what they see."""
    words = [sys.executable, "-c", DUMP, str(folder / "nasty"), str(len(NASTY))]
    nasty = {f"N{n}": environment_value(text) for n, text in enumerate(NASTY)}
    environment = f"env -0 > {folder}"
    expanded = (
        "echo it \\$\\$ $LOGNAME 'sq $LOGNAME' {{LOGNAME}} a<CPS>b `echo t` "
        f'> {folder}/expanded; echo "dq x" > {folder}/lost'
    )
    return {
        "nasty": ContainerLaunchContext(command_line([*words, *NASTY]), nasty),
        "raw": ContainerLaunchContext(f"{environment}/raw", RAW_ENVIRONMENT),
        "given": ContainerLaunchContext(f"{environment}/given; ls -A > {folder}/ls"),
        "expanded": ContainerLaunchContext(expanded),
    }


def with_files(folder: Path) -> dict[str, ContainerLaunchContext]:
    """Return containers with files."""
    file, archive, zipped = folder / "file", folder / "t.tar.gz", folder / "z.zip"
    file.write_text("hello")
    (folder / "other").write_text("other")
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("sub/program")
        member.size, member.mode = 2, 0o755
        tar.addfile(member, io.BytesIO(b"hi"))
    with zipfile.ZipFile(zipped, "w") as container:
        container.writestr("inside", "zipped")
    kinds, sight = LocalResourceType, LocalResourceVisibility
    links = {
        "a.txt": resource(file),
        "deep/b.txt": resource(folder / "other", kinds.ARCHIVE),
        "tar": resource(archive, kinds.ARCHIVE),
        "zip": resource(zipped, kinds.ARCHIVE, sight.PRIVATE),
    }
    look = (
        "stat -L -c '%n %a %F' a.txt deep/b.txt tar/sub tar/sub/program zip/inside "
        f"> {folder}/looked; cat a.txt deep/b.txt tar/sub/program zip/inside "
        f">> {folder}/looked"
    )
    absent = LocalResource("file:///no/such/file", 1, 1)
    changed = LocalResource(f"file://{file}", 5, 1)
    # Not a file of another container: while it is being localised that one fails too.
    secret = folder / "secret"
    secret.write_text("x")
    secret.chmod(0o640)
    hidden = resource(secret, visibility=sight.PUBLIC)
    return {
        "files": ContainerLaunchContext(look, {}, links),
        "absent": ContainerLaunchContext("true", {}, {"x": absent}),
        "changed": ContainerLaunchContext("true", {}, {"x": changed}),
        "hidden": ContainerLaunchContext("true", {}, {"x": hidden}),
    }


def ending() -> dict[str, ContainerLaunchContext]:
    """Return containers that end in all ways."""
    killed = "import os; os.kill(os.getpid(), {})"
    long = "import sys; sys.stderr.write(chr(120) * 5000 + chr(10) + 'last')"
    commands = {
        "well": "true",
        "empty": "",
        "three": f'{sys.executable} -c \\"{long}\\" 2><LOG_DIR>/stderr; exit 3',
        "unknown": f"no_such_command{REDIRECTED}",
        "unredirected": "echo boom >&2; exit 4",
        "killed": command_line(
            [sys.executable, "-c", killed.format(signal.SIGKILL.value)],
            stdout="stdout",
            stderr="stderr",
        ),
        "terminated": "kill -TERM \\$\\$",
        "fat": command_line([sys.executable, "-c", FAT]),
    }
    return {name: ContainerLaunchContext(words) for name, words in commands.items()}


@dataclass
class Ended:
    """All containers after their end.

    Attributes:
        held: Their ApplicationMaster.
        folder: What they left.
        statuses: Their ends, by name.
    """

    held: Held
    folder: Path
    statuses: dict[str, ContainerStatus]

    def text(self, name: str) -> str:
        """Return what a container wrote."""
        return (self.folder / name).read_text()

    def end(self, name: str) -> tuple[int, str]:
        """Return exit status and diagnostics, times as `[t]`."""
        status = self.statuses[name]
        times = re.compile(r"\[\d{4}-\d\d-\d\d [\d:.]+\]")
        return status.exit_status, times.sub("[t]", status.diagnostics)


async def start(held: Held, given: Container, context: ContainerLaunchContext) -> None:
    """Start a container."""
    async with ContainerManagementProtocol(held.nm_tokens[str(given.node_id)]) as node:
        outcome = await node.start_containers([(given, context)])
    assert outcome.succeeded == (given.id,), outcome


async def run_all(
    held: Held, contexts: dict[str, ContainerLaunchContext]
) -> dict[str, ContainerStatus]:
    """Run containers as they are allocated; return how they ended."""
    await held.register()
    await held.allocate(ResourceRequest(1, Resource(128, 1), len(contexts)))
    waiting, names = list(contexts), {}
    statuses: dict[str, ContainerStatus] = {}
    while len(statuses) < len(contexts):
        answer = await held.allocate()
        for message in answer.allocated_containers:
            given = Container.from_proto(message)
            names[given.id] = waiting.pop()
            await start(held, given, contexts[names[given.id]])
        for ended_one in answer.completed_container_statuses:
            status = ContainerStatus.from_proto(ended_one)
            statuses[names[status.container_id]] = status
        await asyncio.sleep(0.1)
    return statuses


def all_contexts(folder: Path) -> dict[str, ContainerLaunchContext]:
    """Return all containers, which use a folder."""
    return shown(folder) | with_files(folder) | ending()
