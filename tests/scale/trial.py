"""One run of a job with so many agents, and what it cost the ApplicationMaster."""

from __future__ import annotations

import asyncio
import getpass
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.scale.cluster import CONTAINER, SimulatedCluster
from tests.scale.hosts import ROOT, AgentHosts
from tests.scale.meter import Meter
from xlearning.am.events import ContainersAllocated, ContainerStarted, TaskRunning
from xlearning.am.journal import decode_lines
from xlearning.hadoop.credentials import Credentials
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.job.environment import JOURNAL_FILE
from xlearning.job.handover import Handover, pack
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, RoleSpec, RuntimeSpec
from xlearning.local import site, submissions
from xlearning.local.applications import Submission
from xlearning.local.home import LocalSpec

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.am.journal import Line
    from xlearning.local.node.spec import ContainerStart

AGENTS_PER_PROCESS = 400
MOST_PROCESSES = 4
LIMIT_MIB = 3072.0
"""Of the ApplicationMaster and of each process with agents."""
HOLD_S = 11.0
"""How long all programs run; after its first second each agent says once in it that it
is alive."""
LIMIT_S = 240.0


@dataclass(frozen=True)
class Measured:
    """What was measured; times in seconds, from the first allocation where not said.

    Attributes:
        agents: How many.
        nodes: On how many.
        launched_s: Until the last container was started.
        released_s: Until the last agent had the view.
        running_s: Until the ApplicationMaster knew that all programs run.
        end_s: From the end of all workers to the end of the ApplicationMaster.
        peak_mib: Most memory of the ApplicationMaster.
        cpu_s: Its processor time, from start to end.
        released_cpu_s: Of it, until the last agent had the view.
        watch_share: Of one core, while all programs ran.
        allocate_calls: Calls to the ResourceManager.
        view_bytes: What each agent got at the rendezvous.
        views: How many different ones; one is right.
    """

    agents: int
    nodes: int
    launched_s: float
    released_s: float
    running_s: float
    end_s: float
    peak_mib: float
    cpu_s: float
    released_cpu_s: float
    watch_share: float
    allocate_calls: int
    view_bytes: int
    views: int


class Trial:
    """One job."""

    def __init__(self, agents: int, folder: Path, profile: Path | None) -> None:
        """Prepare a job; `folder` is empty and its own.

        Args:
            agents: How many.
            folder: For the ApplicationMaster.
            profile: File for its profile, None for none.
        """
        self._agents = agents
        self._folder = folder
        self._profile = profile
        self._cluster = SimulatedCluster(agents)
        self._hosts = AgentHosts(agents, self._cluster.has_ended)
        self._cluster.add_nodes(self._begin, self._end)
        self._master: subprocess.Popen[bytes] | None = None
        self._master_id = ""
        self._started = asyncio.Event()

    async def run(self) -> Measured:
        """Run the job and measure it.

        Raises:
            TimeoutError: It does not end.
            RuntimeError: It failed, or something grew too large.
        """
        wanted = -(-self._agents // AGENTS_PER_PROCESS)
        await self._hosts.start(min(MOST_PROCESSES, wanted))
        try:
            async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
                tasks = [group.create_task(each) for each in self._cluster.servers()]
                tasks.append(group.create_task(self._hosts.listen()))
                tasks += [
                    group.create_task(Meter(pid, LIMIT_MIB).run())
                    for pid in self._hosts.pids
                ]
                measured = await self._submit_and_measure(group)
                for task in tasks:
                    task.cancel()
        finally:
            if self._master is not None:
                self._master.kill()
                self._master.wait()
            self._cluster.close()
        return measured

    async def _submit_and_measure(self, group: asyncio.TaskGroup) -> Measured:
        self._submit()
        await self._started.wait()
        master = self._master
        assert master is not None
        meter = Meter(master.pid, LIMIT_MIB)
        metering = group.create_task(meter.run())
        dying = group.create_task(_wait(master))
        telling = group.create_task(self._hosts.all_told.wait())
        await asyncio.wait((dying, telling), return_when=asyncio.FIRST_COMPLETED)
        telling.cancel()
        before = time.time()
        if not dying.done():
            await asyncio.sleep(HOLD_S)
        ordered = time.time()
        self._hosts.finish()
        code = await dying
        ended = time.time()
        self._cluster.has_ended(self._master_id, code)
        await metering
        if code or len(self._hosts.told) < self._agents:
            raise RuntimeError("the job failed")
        return self._measured(meter, before, ordered, ended)

    def _measured(
        self, meter: Meter, before: float, ordered: float, ended: float
    ) -> Measured:
        lines = decode_lines((self._folder / JOURNAL_FILE).read_bytes())
        first = _times(lines, ContainersAllocated)[0]
        told = self._hosts.told
        released = max(each.at for each in told)
        # From one second after the rendezvous on: the burst is over.
        calm = min(before + 1.0, ordered)
        watched = meter.cpu_s_at(ordered) - meter.cpu_s_at(calm)
        return Measured(
            agents=self._agents,
            nodes=self._cluster.node_count,
            launched_s=_times(lines, ContainerStarted)[-1] - first,
            released_s=released - first,
            running_s=_times(lines, TaskRunning)[-1] - first,
            end_s=ended - ordered,
            peak_mib=meter.peak_mib,
            cpu_s=meter.samples[-1].cpu_s,
            released_cpu_s=meter.cpu_s_at(released),
            watch_share=watched / (ordered - calm),
            allocate_calls=self._cluster.allocate_calls,
            view_bytes=max(each.view_bytes for each in told),
            views=len({each.digest for each in told}),
        )

    # ---- the job

    def _submit(self) -> None:
        with self._cluster.yarn.change() as (core, now):
            application_id = submissions.new_application_id(core)
            job = self._job(application_id)
            handover = Handover(job, self._properties(), os.urandom(32))
            credentials = Credentials(secrets=pack(handover))
            context = ContainerLaunchContext("am", credentials=credentials.to_bytes())
            submission = Submission(
                application_id, getpass.getuser(), context, CONTAINER, max_attempts=1
            )
            submissions.submit(core, submission, now)

    def _job(self, application_id: str) -> JobSpec:
        staging = self._folder / "staging"
        staging.mkdir()
        size = Resources(CONTAINER.memory_mb, CONTAINER.virtual_cores)
        servers = max(1, self._agents // 10)
        counts = {"worker": self._agents - servers, "ps": servers}
        return JobSpec(
            application_id=application_id,
            name="scale",
            application_type="TENSORFLOW",
            user=getpass.getuser(),
            queue="default",
            priority=0,
            am=size,
            roles=tuple(RoleSpec(n, c, size, ("true",)) for n, c in counts.items()),
            staging_url=f"file://{staging}",
            runtime=RuntimeSpec(sys.executable),
            default_fs="file:///",
        )

    def _properties(self) -> dict[str, str]:
        files = site.site_files(LocalSpec(), self._cluster.ports, self._folder)
        return {**files["core-site.xml"], **files["yarn-site.xml"]}

    def _begin(self, start: ContainerStart, host: str) -> None:
        """Start what a node was told to: the ApplicationMaster first, then agents."""
        if self._master is not None:
            self._hosts.begin(start, host)
            return
        self._master_id = start.container_id
        token_file = self._folder / "container_tokens"
        token_file.write_bytes(start.context.credentials or b"")
        profiled = ["cProfile", "-o", str(self._profile), "-m"] if self._profile else []
        with (self._folder / "stderr").open("wb") as log:
            self._master = subprocess.Popen(
                [sys.executable, "-m", *profiled, "xlearning.am"],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    **start.environment,
                    "PYTHONPATH": str(ROOT),
                    "HADOOP_TOKEN_FILE_LOCATION": str(token_file),
                    "CONTAINER_ID": start.container_id,
                    "NM_HOST": host,
                    "LOG_DIRS": str(self._folder),
                },
            )
        self._started.set()

    def _end(self, container_id: str) -> None:
        """End what a node was told to."""
        if container_id == self._master_id and self._master is not None:
            self._master.terminate()
        else:
            self._hosts.end(container_id)


def _times(lines: list[Line], kind: type) -> list[float]:
    return [line.at for line in lines if isinstance(line.event, kind)]


async def _wait(process: subprocess.Popen[bytes]) -> int:
    return await asyncio.to_thread(process.wait)
