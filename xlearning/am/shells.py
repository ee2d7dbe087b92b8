"""The heavy half of the ApplicationMaster, imported after it has registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.am.access import ProxyAccess
from xlearning.am.agent_messages import Phrasebook
from xlearning.am.agents import Agents
from xlearning.am.certificates import CertificateAuthority
from xlearning.am.data import NOWHERE, Data, Whereabouts
from xlearning.am.hands import AllHands
from xlearning.am.launcher import Launcher
from xlearning.am.page import LiveJob, PageServer
from xlearning.am.waiting import Around
from xlearning.io.block_locations import locate
from xlearning.job.outputs import OUTPUTS_FILE, Outputs, encode_outputs

if TYPE_CHECKING:
    import asyncio
    import socket

    from xlearning.am.driver import Clock, Driver
    from xlearning.am.rm_heartbeat import RmHeartbeat
    from xlearning.am.state import JobState
    from xlearning.am.surroundings import Surroundings


@dataclass(frozen=True)
class Shells:
    """Everybody who speaks with agents, NodeManagers, file systems and people."""

    given: Surroundings
    heartbeat: RmHeartbeat
    agents: Agents
    launcher: Launcher
    data: Data
    page: PageServer

    async def open(self, group: asyncio.TaskGroup) -> None:
        """Begin to serve agents and people."""
        await self.agents.start()
        self.launcher.am_address = f"{self.given.host}:{self.agents.port}"
        group.create_task(self.page.run())
        group.create_task(
            self.data.publish_address(
                self.given.attempt, self.given.host, self.agents.port
            )
        )

    def hands(self, group: asyncio.TaskGroup) -> AllHands:
        """Return who performs actions, in a group for all that takes time."""
        return AllHands(group, self.heartbeat, self.launcher, self.agents, self.data)

    async def close(self) -> None:
        """Stop serving."""
        self.page.stop()
        await self.agents.close()


def build(
    given: Surroundings,
    driver: Driver,
    clock: Clock,
    *,
    heartbeat: RmHeartbeat,
    page_socket: socket.socket,
) -> Shells:
    """Make all shells; none of them is open yet."""
    spec = given.spec
    authority = CertificateAuthority(given.secret)
    agents = Agents(
        authority,
        Phrasebook(spec, given.job, given.hadoop),
        driver.emit,
        attempt=given.attempt,
        silence_s=spec.options.agent_timeout_s,
    )
    access = ProxyAccess(
        spec,
        base=f"{given.proxy_base}/",
        proxy_url=given.proxy_url,
        proxy_addresses=given.proxy_addresses(),
        acl_enabled=given.acl_enabled,
    )
    log_dir = str(given.log_dir)
    kept = Outputs(tuple(each.url for each in spec.outputs), spec.saves.directory)
    (given.log_dir / OUTPUTS_FILE).write_bytes(encode_outputs(kept))
    data = Data(
        spec,
        given.storages,
        driver.emit,
        _whereabouts(given, driver),
        given.hadoop,
    )

    def around() -> Around:
        return Around(heartbeat.headroom, driver.journal.wait or data.wait)

    return Shells(
        given=given,
        heartbeat=heartbeat,
        agents=agents,
        launcher=Launcher(
            given, authority, heartbeat, driver.emit, lambda: _tasks_of(driver.state)
        ),
        data=data,
        page=PageServer(
            LiveJob(driver, agents, clock, log_dir, around), access, page_socket
        ),
    )


def _tasks_of(state: JobState) -> dict[str, str]:
    tasks = state.tasks.values()
    return {task.container_id: str(task.id) for task in tasks if task.container_id}


def _whereabouts(given: Surroundings, driver: Driver) -> Whereabouts:
    """Return what knows where files and tasks are, nothing where nobody wants it."""
    if not given.spec.data.near_input:
        return NOWHERE
    return Whereabouts(
        locate=lambda files: locate(files, given.hadoop, given.spec.user),
        hosts=lambda: {task.id: task.host for task in driver.state.tasks.values()},
    )
