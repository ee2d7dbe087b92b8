"""Starts the trainer, ends its process tree, and notices what becomes of both."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.container.environment import Granted, trainer_environment
from xlearning.container.events import (
    Event,
    TrainerExited,
    TrainerRefused,
    TrainerStarted,
    TreeEnded,
)
from xlearning.container.input_list import fits, input_lists
from xlearning.container.logs import STDERR, STDOUT, tail
from xlearning.container.messages import TAIL_BYTES
from xlearning.container.python_env import activated, prepare
from xlearning.container.sources import copy_sources
from xlearning.container.spawn import Program, Trainer, spawn
from xlearning.container.streams import Ends
from xlearning.job.environment import SOURCE_LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlearning.container.actions import SpawnTrainer
    from xlearning.container.assignment import Assignment
    from xlearning.container.process_tree import ProcessTree
    from xlearning.container.streams import Streams
    from xlearning.frameworks.base import Launch

logger = logging.getLogger(__name__)


class Supervisor:
    """One container's trainer, from its fork to the end of its last descendant."""

    def __init__(
        self,
        tree: ProcessTree,
        logs: Path,
        container_id: str,
        emit: Callable[[Event], None],
        streams: Streams,
    ) -> None:
        """Supervise nothing yet.

        Args:
            tree: The processes below the agent.
            logs: The folder of stdout and stderr.
            container_id: YARN's id.
            emit: Takes the events.
            streams: What the trainer reads and writes, if not files.
        """
        self._streams = streams
        self._tree = tree
        self._logs = logs
        self._container_id = container_id
        self._emit = emit
        self._program: Program | None = None
        self._trainer: Trainer | None = None
        self._exit_told = False
        self._end_told = False

    def spawn(
        self,
        action: SpawnTrainer,
        launch: Launch,
        keep: Sequence[int],
        until_exec: Sequence[int] = (),
    ) -> None:
        """Start the trainer with an environment that knows the cluster.

        Args:
            action: What to start.
            launch: What the application type starts it with.
            keep: Descriptors that the trainer inherits.
            until_exec: Descriptors that are open until the trainer's first instruction.
        """
        ends = Ends()
        try:
            ends = self._streams.open(action.assignment)
            _refuse_sharing(ends, launch)
            program = self._program_of(action, launch, keep, ends)
            self._program = program._replace(until_exec=until_exec)
            trainer = spawn(self._program)
        except OSError as error:
            self._exit_told = self._end_told = True
            self._emit(TrainerRefused(str(error)))
            self._emit(TreeEnded())
            return
        finally:
            ends.close()
        logger.info("trainer is process %d", trainer.pid)
        self._trainer = trainer
        asyncio.get_running_loop().add_reader(trainer.errors, self._executed)

    def terminate(self) -> None:
        """Send TERM to all processes; stopped ones are woken, to be able to obey."""
        count = self._tree.signal(signal.SIGTERM)
        self._tree.signal(signal.SIGCONT)
        logger.info("TERM to %d processes", count)
        self._check()

    def kill(self) -> None:
        """Send KILL to all processes."""
        logger.info("KILL to %d processes", self._tree.signal(signal.SIGKILL))
        self._check()

    def child_ended(self) -> None:
        """Take the exit statuses of children, after a SIGCHLD."""
        self._tree.reap(None if self._trainer is None else self._trainer.process)
        self._check()

    def _program_of(
        self, action: SpawnTrainer, launch: Launch, keep: Sequence[int], ends: Ends
    ) -> Program:
        assignment = action.assignment
        link = assignment.role.python_env
        python = activated(Path.cwd(), link) if link else {}
        granted = Granted(self._container_id, action.gpus, python)
        adapted = launch.environment
        variables = trainer_environment(os.environ, assignment, adapted, granted)
        variables |= _told_input(assignment, variables)
        _write_files(launch.files)
        return Program(
            command=launch.command or assignment.command,
            environment=variables,
            stdin=None if ends.stdin < 0 else ends.stdin,
            stdout=self._logs / STDOUT if ends.stdout < 0 else ends.stdout,
            stderr=self._logs / STDERR,
            keep=keep,
            processes=launch.processes,
        )

    def _executed(self) -> None:
        """Tell, once, whether the shim has become the user's program."""
        trainer, program = self._trainer, self._program
        assert trainer is not None
        assert program is not None
        if trainer.errors < 0:
            return
        asyncio.get_running_loop().remove_reader(trainer.errors)
        path = program.environment.get("PATH", os.defpath)
        refusal = trainer.refusal(program.command, path)
        self._emit(TrainerRefused(refusal) if refusal else TrainerStarted())

    def _check(self) -> None:
        """Tell that the trainer has ended, and that nothing is left of it."""
        trainer = self._trainer
        if trainer is None or trainer.process.returncode is None:
            return
        if not self._exit_told:
            self._exit_told = True
            self._executed()
            self._streams.trainer_ended()
            stderr = tail(self._logs / STDERR, TAIL_BYTES)
            self._emit(TrainerExited(trainer.process.returncode, stderr))
        if not self._end_told and not self._tree.living():
            self._end_told = True
            self._emit(TreeEnded())


def _refuse_sharing(ends: Ends, launch: Launch) -> None:
    """Refuse several processes where there is one stream.

    Raises:
        OSError: There are.
    """
    if launch.processes and ends != Ends():
        raise OSError("the container's processes cannot share one stdin or stdout")


def make_ready(folder: Path, assignment: Assignment) -> None:
    """Put the program's sources where it starts, and see that its Python works.

    Raises:
        ConfigError: Its Python does not.
        OSError: The working directory cannot be written.
    """
    role = assignment.role
    if any(file.link == SOURCE_LINK for file in role.files):
        copy_sources(folder / SOURCE_LINK, folder)
    if role.python_env:
        prepare(folder, role.python_env, os.environ.get("PATH", os.defpath))


def _told_input(assignment: Assignment, variables: dict[str, str]) -> dict[str, str]:
    """Return the variables with the input's URLs, or write them to files."""
    told: dict[str, str] = {}
    limit = assignment.job.data.environment_limit
    for listed in input_lists(assignment):
        if fits({**variables, **told}, listed, limit):
            told[listed.variable] = listed.text
        else:
            Path(listed.file).write_text(f"{listed.text}\n", encoding="ascii")
    return told


def _write_files(files: Mapping[str, str]) -> None:
    """Write the application type's files into the working directory."""
    for name, content in files.items():
        path = Path(name)
        path.touch(mode=0o600)  # some hold what only the job's tasks may know
        path.write_text(content, encoding="utf-8")
        if content.startswith("#!"):
            path.chmod(0o755)
