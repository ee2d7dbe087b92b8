"""`xl-submit` and `xl` as a user runs them: processes with arguments and text."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
_APPLICATION = re.compile(r"application_\d+_\d+")


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        code: Its exit code.
        stdout: What it printed.
        stderr: What it told.
    """

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All that a user saw."""
        return self.stdout + self.stderr

    @property
    def application_id(self) -> str | None:
        """The application that it names first."""
        found = _APPLICATION.search(self.text)
        return found[0] if found else None


class Running:
    """A command that was started."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        log_folder: Path,
    ) -> None:
        """Start `bin/<arguments>` in a folder."""
        number = len(list(log_folder.glob("*.out")))
        self._out = log_folder / f"{number}.out"
        self._err = log_folder / f"{number}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [str(ROOT / "bin" / arguments[0]), *arguments[1:]],
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def seen(self) -> Ended:
        """Return what it has printed so far."""
        code = self.process.poll()
        return Ended(
            -1 if code is None else code,
            self._out.read_text(errors="replace"),
            self._err.read_text(errors="replace"),
        )

    def application_id(self, timeout_s: float = 60.0) -> str:
        """Wait until it names its application.

        Raises:
            RuntimeError: It ended without.
        """

        def named() -> str | None:
            ended = self.process.poll() is not None
            seen = self.seen()
            if ended and seen.application_id is None:
                raise RuntimeError(f"no application: {seen.text}")
            return seen.application_id

        return eventually(lambda: named() or "", lambda: self.seen().text, timeout_s)

    def wait(self, timeout_s: float = 240.0) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: It goes on; it is ended then.
        """
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            message = f"it still ran after {timeout_s:.0f} s: {self.seen().text}"
            raise TimeoutError(message) from None
        return self.seen()


def user_environment(conf_dir: Path, xlearning_conf: Path, user: str) -> dict[str, str]:
    """Return the environment in which a user submits."""
    kept = ("PATH", "HOME", "LANG", "XLEARNING_CACHE", "XLEARNING_PYTHON")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {
        "HADOOP_CONF_DIR": str(conf_dir),
        "XLEARNING_CONF_DIR": str(xlearning_conf),
        "HADOOP_USER_NAME": user,
        "USER": user,
    }
