"""Starts and talks to the process with the JVM (`java_child`).

It may be silent for as long as a task of MapReduce may (`TIMEOUT_KEYS`): a format that
hangs is ended and named, like one whose JVM dies.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ClusterError, ConfigError
from xlearning.io.formats import java_frames as frames
from xlearning.io.formats.java_pipes import PatientPipe, Silent
from xlearning.io.formats.properties import integer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from xlearning.io.formats.java_frames import Failure, Request

TIMEOUT_KEYS = ("mapreduce.task.timeout", "mapred.task.timeout")
"""In milliseconds, 0 for no limit; Hadoop's default is ten minutes."""
_TIMEOUT_MS = 600_000
_CHILD = "xlearning.io.formats.java_child"
_DYING_S = 10.0
"""A JVM that crashes may still write down why, after its pipes have ended."""
_MEMORY_KEY = "mapreduce.map.java.opts"


def _environment(user: str) -> dict[str, str]:
    """Return ours, with what is needed to find our modules, and the user's name."""
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return {**found, "HADOOP_USER_NAME": user} if user else found


class JavaProcess:
    """One process with one format; leaving its context ends it."""

    def __init__(self, request: Request, user: str = "") -> None:
        """Start it.

        Args:
            request: What to do.
            user: Whom to act as, "" for Hadoop's own choice.

        Raises:
            ConfigError: JPype is not installed, or the time limit is no number.
            ClusterError: Java threw an exception, or the process died.
        """
        if importlib.util.find_spec("jpype") is None:
            raise ConfigError(
                f"the format `{request.java_class}` needs JPype to run Java",
                hint="pip install 'xlearning[java]' where you submit",
            )
        self._request = request
        patience_s = integer(request.properties, _TIMEOUT_MS, *TIMEOUT_KEYS) / 1000
        self._patience_s = patience_s
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=_environment(user),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to_java = PatientPipe(self._process.stdin.fileno(), patience_s)
        self._from_java = PatientPipe(self._process.stdout.fileno(), patience_s)
        try:
            self.send(msgspec.json.encode(request))
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.end()

    def end(self) -> None:
        """End the process, whatever it is doing, and wait for it."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        self._process.kill()
        self._process.wait()

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            ConfigError: The process found the request to be wrong.
            ClusterError: Java threw an exception, or the process died or hangs.
        """
        try:
            frames.send(self._to_java, data)
        except BrokenPipeError:
            self._tell()
        except Silent:
            raise self._silent() from None

    def finish(self) -> None:
        """Say that all was sent, and wait until it is done with.

        Raises:
            ConfigError: The process found the request to be wrong.
            ClusterError: Java threw an exception, or the process died or hangs.
        """
        try:
            frames.send_end(self._to_java)
        except BrokenPipeError:
            self._tell()
        except Silent:
            raise self._silent() from None
        for _ in self.answers():
            pass

    def answers(self) -> Iterator[bytes]:
        """Yield frames until the orderly end.

        Raises:
            ConfigError: The process found the request to be wrong.
            ClusterError: Java threw an exception, or the process died or hangs.
        """
        while True:
            try:
                answer = frames.receive(self._from_java)
            except frames.Broken:
                raise self._died() from None
            except Silent:
                raise self._silent() from None
            if answer is None:
                return
            if not isinstance(answer, bytes):
                raise self._error(answer)
            yield answer

    def _tell(self) -> None:
        """Raise what the process said before it stopped to listen."""
        for _ in self.answers():
            pass
        raise self._died()

    def _died(self) -> ClusterError:
        try:
            status = self._process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            return self._lost("broke off", "the agent's log has what it printed")
        if status >= 0:
            how = f"ended with status {status}"
            return self._lost(how, "the agent's log has what it printed")
        return self._lost(
            f"was killed by {signal.Signals(-status).name}",
            "the agent's log has what it printed; if the node has too little memory, "
            f"--conf {_MEMORY_KEY}=-Xmx…m gives the JVM less",
        )

    def _silent(self) -> ClusterError:
        return self._lost(
            f"did nothing for {self._patience_s:g} s, and was ended",
            f"--conf {TIMEOUT_KEYS[0]}=… gives it more time, in ms",
        )

    def _lost(self, how: str, hint: str) -> ClusterError:
        return ClusterError(
            f"the JVM of `{self._request.java_class}` {how}",
            protocol="java",
            method=self._request.task,
            hint=hint,
        )

    def _error(self, failure: Failure) -> ConfigError | ClusterError:
        if failure.is_config:
            return ConfigError(
                f"format `{self._request.java_class}`: {failure.message}",
                hint="--jars takes jars along; Java is looked for in JAVA_HOME",
            )
        return ClusterError(
            f"format `{self._request.java_class}`: {failure.java_class}: "
            f"{failure.message}",
            protocol="java",
            method=self._request.task,
            java_class=failure.java_class,
            remote_text=failure.message,
            hint=_hint(failure.java_class),
        )


def _hint(java_class: str) -> str:
    if java_class == "java.lang.OutOfMemoryError":
        return f"--conf {_MEMORY_KEY}=-Xmx…m gives the JVM more memory"
    return "the agent's log has the stack trace"
