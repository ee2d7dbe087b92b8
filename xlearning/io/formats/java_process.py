"""Starts and talks to the process with the JVM (`java_child`)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ClusterError, ConfigError
from xlearning.io.formats import java_frames as frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from xlearning.io.formats.java_frames import Failure, Request

_CHILD = "xlearning.io.formats.java_child"


def _environment(user: str) -> dict[str, str]:
    """Return ours, with what is needed to find our modules, and the user's name."""
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return {**found, "HADOOP_USER_NAME": user} if user else found


class JavaProcess:
    """One process for one request; leaving its context ends it."""

    def __init__(self, request: Request, user: str = "") -> None:
        """Start it.

        Args:
            request: What to do.
            user: Whom to act as, "" for Hadoop's own choice.

        Raises:
            ConfigError: JPype is not installed.
        """
        if importlib.util.find_spec("jpype") is None:
            raise ConfigError(
                f"the format `{request.java_class}` needs JPype to run Java",
                hint="pip install 'xlearning[java]' where you submit",
            )
        self._request = request
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(user),
        )
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
            ClusterError: Java threw an exception, or the process died.
        """
        assert self._process.stdin is not None
        try:
            frames.send(self._process.stdin, data)
        except BrokenPipeError:
            self._tell()

    def finish(self) -> None:
        """Say that all was sent, and wait until it is done with.

        Raises:
            ConfigError: The process found the request to be wrong.
            ClusterError: Java threw an exception, or the process died.
        """
        assert self._process.stdin is not None
        try:
            frames.send_end(self._process.stdin)
        except BrokenPipeError:
            self._tell()
        for _ in self.answers():
            pass

    def answers(self) -> Iterator[bytes]:
        """Yield frames until the orderly end.

        Raises:
            ConfigError: The process found the request to be wrong.
            ClusterError: Java threw an exception, or the process died.
        """
        assert self._process.stdout is not None
        while True:
            try:
                answer = frames.receive(self._process.stdout)
            except frames.Broken:
                raise self._died() from None
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
        status = self._process.wait()
        return ClusterError(
            f"the JVM of `{self._request.java_class}` ended with status {status}",
            protocol="java",
            method=self._request.task,
            hint="the agent's log has what it printed",
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
            hint="the agent's log has the stack trace",
        )
