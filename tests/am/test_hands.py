"""Every action reaches the shell that performs it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from xlearning.am.actions import (
    Action,
    Ask,
    Assign,
    CancelSave,
    CommitOutputs,
    CommitSave,
    DeleteStaging,
    DiscardOutputs,
    DiscardSave,
    Finish,
    Hasten,
    Launch,
    ListInput,
    ReleaseAgent,
    ReleaseContainer,
    SaveTask,
    Start,
    StopContainer,
    StopTask,
)
from xlearning.am.hands import AllHands, FirstHands
from xlearning.frameworks.base import ClusterView
from xlearning.io.manifest import Manifest
from xlearning.io.output import CommitPlan
from xlearning.job.ids import TaskId, TryId
from xlearning.job.spec import SaveOptions
from xlearning.job.states import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = TryId(TaskId("worker", 0), 0)


class Recorder:
    """A shell that writes down what it is told, in plain and in async calls alike."""

    def __init__(self, name: str, calls: list[tuple[str, Any]]) -> None:
        self._name = name
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._calls.append((f"{self._name}.{method}", arguments))
            return asyncio.sleep(0)

        async def later(*arguments: Any) -> None:
            self._calls.append((f"{self._name}.{method}", arguments))

        waits = self._name in ("launcher", "data")
        return later if waits else lambda *arguments: call(*arguments).close()


async def performed(*actions: Action) -> list[tuple[str, Any]]:
    """Return the calls that a list of actions leads to."""
    calls: list[tuple[str, Any]] = []
    shells: Any = {
        name: Recorder(name, calls)
        for name in ("heartbeat", "launcher", "agents", "data")
    }
    async with asyncio.TaskGroup() as group:
        AllHands(group, **shells).perform(actions)
    return calls


async def test_launches_go_out_together() -> None:
    launches = [Launch("c1", RUN), Launch("c2", RUN)]
    calls = await performed(launches[0], Ask("ps", 1, beside=2), launches[1])
    assert ("heartbeat.ask", ("ps", 1, (), 2)) in calls
    assert ("launcher.launch", (launches,)) in calls
    assert len(calls) == 2


async def test_what_concerns_the_resourcemanager() -> None:
    assert await performed(ReleaseContainer("c1")) == [("heartbeat.release", ("c1",))]
    assert await performed(Hasten()) == [("heartbeat.expect", ())]
    assert await performed(StopContainer("c1")) == [
        ("heartbeat.expect", ()),
        ("launcher.stop", ("c1",)),
    ]


async def test_what_concerns_an_agent() -> None:
    assign, start = Assign("c1", RUN), Start(("c1",), ClusterView(0, {}))
    stop = StopTask("c1", 5.0)
    assert await performed(assign) == [("agents.assign", (assign,))]
    assert await performed(start) == [("agents.begin", (start,))]
    assert await performed(stop) == [("agents.stop", (stop,))]
    assert await performed(ReleaseAgent("c1")) == [
        ("heartbeat.expect", ()),
        ("agents.release", ("c1",)),
    ]


async def test_what_concerns_files() -> None:
    commit, discard = CommitOutputs(CommitPlan(())), DiscardOutputs(())
    assert await performed(ListInput()) == [("data.list_input", ())]
    assert await performed(commit) == [("data.commit", (commit,))]
    assert await performed(discard) == [("data.discard", (discard,))]


async def test_what_concerns_a_save() -> None:
    manifest = Manifest("app", "2026", 0, "alice", {}, (), ())
    order, commit = SaveTask("c1", 3, 0, ()), CommitSave(3, manifest, (), SaveOptions())
    assert await performed(order) == [("agents.save", (order,))]
    assert await performed(CancelSave("c1", 3)) == [("agents.cancel_save", ("c1", 3))]
    assert await performed(commit) == [("data.commit_save", (commit,))]
    discarded = [("data.discard_save", (("hdfs://nn/o",),))]
    assert await performed(DiscardSave(("hdfs://nn/o",))) == discarded


async def test_the_end() -> None:
    told = [("heartbeat.finish", (Outcome.FAILED, "why"))]
    assert await performed(Finish(Outcome.FAILED, "why")) == told
    assert await performed(DeleteStaging()) == [("data.delete_staging", ())]


async def test_asks_go_out_before_anybody_else_is_there() -> None:
    calls: list[tuple[str, Any]] = []
    shells: Any = {
        name: Recorder(name, calls)
        for name in ("heartbeat", "launcher", "agents", "data")
    }
    hands = FirstHands(shells["heartbeat"])
    hands.perform([ListInput(), Ask("worker", 2), Launch("c1", RUN)])
    assert calls == [("heartbeat.ask", ("worker", 2, (), 0))]
    async with asyncio.TaskGroup() as group:
        hands.join(AllHands(group, **shells))
        hands.perform([ReleaseAgent("c1")])
    told = [name for name, _ in calls]
    assert told.index("data.list_input") > 0
    assert set(told) >= {"launcher.launch", "agents.release"}
    assert told.count("launcher.launch") == 1
