"""The shells, built and opened: agents and people find somebody who answers."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlearning.am.driver import Clock, Driver
from xlearning.am.journal_writer import JournalWriter
from xlearning.am.rm_heartbeat import RmHeartbeat
from xlearning.am.shells import build
from xlearning.am.state import new_state
from xlearning.job.outputs import OUTPUTS_FILE, decode_outputs

if TYPE_CHECKING:
    from xlearning.am.surroundings import Surroundings


def page_socket() -> socket.socket:
    bound = socket.create_server(("127.0.0.1", 0))
    bound.setblocking(False)
    return bound


async def get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_the_page_answers_and_agents_find_their_port(
    given: Surroundings,
) -> None:
    clock = Clock()
    driver = Driver(new_state(given.spec, clock()), clock, JournalWriter(io.BytesIO()))
    nobody: Any = None
    heartbeat = RmHeartbeat(
        nobody, given.spec.roles, driver.emit, host="n1", tracking_url="", idle_s=1.0
    )
    bound = page_socket()
    shells = build(given, driver, clock, heartbeat=heartbeat, page_socket=bound)
    async with asyncio.TaskGroup() as group:
        await shells.open(group)
        answer = await get(bound.getsockname()[1], "/api/job")
        assert shells.hands(group).heartbeat is heartbeat
        await shells.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 200 " in head
    assert json.loads(body)["application_id"] == given.spec.application_id
    kept = decode_outputs((given.log_dir / OUTPUTS_FILE).read_bytes())
    assert kept.urls == tuple(output.url for output in given.spec.outputs)
    assert kept.saves == given.spec.saves.directory
    port = shells.agents.port
    assert shells.launcher.am_address == f"localhost:{port}"
    assert json.loads(published(given))["port"] == port


def published(given: Surroundings) -> bytes:
    folder = Path(given.spec.staging_url.removeprefix("file://"))
    return (folder / "am.json").read_bytes()
