"""Performs what was decided: the shells of the ApplicationMaster, joined.

Nothing here waits: what takes time is a task, and its result is an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

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

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Sequence

    from xlearning.am.agents import Agents
    from xlearning.am.data import Data
    from xlearning.am.launcher import Launcher
    from xlearning.am.rm_heartbeat import RmHeartbeat


class FirstHands:
    """Speaks with the ResourceManager at once and keeps the rest for later.

    Containers are asked for while what starts them is still being imported.
    """

    def __init__(self, heartbeat: RmHeartbeat) -> None:
        """Begin without anybody else."""
        self._heartbeat = heartbeat
        self._kept: list[Action] = []
        self._all: AllHands | None = None

    def perform(self, actions: Sequence[Action]) -> None:
        """Begin what can be begun, in order."""
        if self._all is not None:
            self._all.perform(actions)
            return
        for action in actions:
            match action:
                case Ask(role, count, places, beside):
                    self._heartbeat.ask(role, count, places, beside)
                case _:
                    self._kept.append(action)

    def join(self, everybody: AllHands) -> None:
        """Let everybody perform what was kept, and all that comes."""
        self._all = everybody
        kept, self._kept = self._kept, []
        everybody.perform(kept)


@dataclass(frozen=True, slots=True)
class AllHands:
    """Everybody who does something, and the group that their tasks live in."""

    group: asyncio.TaskGroup
    heartbeat: RmHeartbeat
    launcher: Launcher
    agents: Agents
    data: Data

    def perform(self, actions: Sequence[Action]) -> None:
        """Begin all these actions; launches go out together, one call to each node."""
        launches = [action for action in actions if isinstance(action, Launch)]
        if launches:
            self._later(self.launcher.launch(launches))
        for action in actions:
            self._perform(action)

    def _perform(self, action: Action) -> None:
        match action:
            case Ask(role, count, places, beside):
                self.heartbeat.ask(role, count, places, beside)
            case ReleaseContainer(container_id):
                self.heartbeat.release(container_id)
            case Hasten():
                self.heartbeat.expect()
            case Launch():
                pass  # together, above
            case StopContainer(container_id):
                self.heartbeat.expect()
                self._later(self.launcher.stop(container_id))
            case Assign():
                self.agents.assign(action)
            case Start():
                self.agents.begin(action)
            case StopTask():
                self.agents.stop(action)
            case ReleaseAgent(container_id):
                self.heartbeat.expect()
                self.agents.release(container_id)
            case SaveTask() | CancelSave() | CommitSave() | DiscardSave():
                self._save(action)
            case _:
                self._perform_once(action)

    def _save(self, action: SaveTask | CancelSave | CommitSave | DiscardSave) -> None:
        match action:
            case SaveTask():
                self.agents.save(action)
            case CancelSave(container_id, number):
                self.agents.cancel_save(container_id, number)
            case CommitSave():
                self._later(self.data.commit_save(action))
            case DiscardSave(urls):
                self._later(self.data.discard_save(urls))
            case _:
                assert_never(action)

    def _perform_once(
        self,
        action: ListInput | CommitOutputs | DiscardOutputs | Finish | DeleteStaging,
    ) -> None:
        match action:
            case ListInput():
                self._later(self.data.list_input())
            case CommitOutputs():
                self._later(self.data.commit(action))
            case DiscardOutputs():
                self._later(self.data.discard(action))
            case Finish(outcome, diagnostics):
                self.heartbeat.finish(outcome, diagnostics)
            case DeleteStaging():
                self._later(self.data.delete_staging())
            case _:
                assert_never(action)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        self.group.create_task(work)
