"""What must be on the machine: a JDK, and the jars of a Hadoop release.

The jars are resolved by Maven once for each release into
`${XLEARNING_CACHE:-~/.cache/xlearning}/hadoop-<release>/lib`. That folder is complete
or absent: Maven fills another one, which is renamed at the end, so that an interrupted
download is not taken for a finished one.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xlearning.errors import ConfigError

POM = Path(__file__).with_name("pom.xml")
MIN_JAVA = 17
"""Hadoop 3.5 needs it; 3.4 runs on it too."""

NEEDED_MB = 600
"""Free disk space without which a start is not tried: jars, stores, a few blocks."""

_JAVA_HINT = "Debian, Ubuntu: `apt-get install -y openjdk-17-jdk-headless`"
_MAVEN_HINT = "Debian, Ubuntu: `apt-get install -y maven`"
_MAVEN_TIMEOUT_S = 1800.0

Report = Callable[[str], None]


@dataclass(frozen=True)
class Java:
    """A Java that is new enough.

    Attributes:
        home: Its JAVA_HOME.
        major: Its version, e.g. 17.
    """

    home: Path
    major: int

    @property
    def executable(self) -> Path:
        """The program `java`."""
        return self.home / "bin" / "java"


def find_java() -> Java:
    """Return the Java of JAVA_HOME, else the one on PATH.

    Raises:
        ConfigError: There is none, or it is too old.
    """
    given = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{given}/bin" if given else None)
    if not found:
        where = f"in JAVA_HOME (`{given}`)" if given else "on PATH"
        raise ConfigError(f"no `java` {where}", hint=_JAVA_HINT)
    executable = Path(found).resolve()
    try:
        answer = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(f"`{found}` does not run", hint=_JAVA_HINT) from error
    major = parse_java_version(answer.stderr)
    if major < MIN_JAVA:
        raise ConfigError(
            f"`{found}` is Java {major}; Hadoop needs {MIN_JAVA} or newer",
            hint=_JAVA_HINT,
        )
    return Java(executable.parent.parent, major)


def parse_java_version(text: str) -> int:
    """Return the major version that `java -version` prints, 0 if it does not.

    Before Java 9 it was written `1.8.0_292`.
    """
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match[1]) if match else 0


def cache_folder() -> Path:
    """Return the folder for what is fetched once, outside of any checkout."""
    given = os.environ.get("XLEARNING_CACHE")
    return Path(given).absolute() if given else Path.home() / ".cache" / "xlearning"


def lib_folder(release: str) -> Path:
    """Return the folder with the jars of a release, whether it is there or not."""
    return cache_folder() / f"hadoop-{release}" / "lib"


def hadoop_jars(release: str, report: Report) -> Path:
    """Return the folder with a release's jars, fetching them if they are missing.

    Raises:
        ConfigError: Maven is missing or failed, or the disk is full.
    """
    lib = lib_folder(release)
    if lib.is_dir():
        return lib
    try:
        lib.parent.mkdir(parents=True, exist_ok=True)
        require_space(lib.parent)
        with _lock(lib.parent):
            if not lib.is_dir():
                _resolve(release, lib, report)
    except OSError as error:
        raise ConfigError(
            f"`{lib.parent}` cannot be used: {error.strerror}",
            hint="name another folder in XLEARNING_CACHE",
        ) from error
    return lib


def require_space(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    """Raise if a folder's disk is full.

    Raises:
        ConfigError: Less than `needed_mb` MiB are free.
    """
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < needed_mb:
        raise ConfigError(
            f"the disk of `{folder}` has {free_mb} MiB left, {needed_mb} are needed",
            hint="free some, or use another disk: `--home` for the cluster, "
            "XLEARNING_CACHE for the jars",
        )


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Let one process at a time resolve; the others wait and find it done."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _resolve(release: str, lib: Path, report: Report) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise ConfigError(
            f"no `mvn` on PATH to fetch the jars of Hadoop {release}",
            hint=_MAVEN_HINT,
        )
    report(f"hadoop {release}: fetching jars with Maven (once, about 100 MB)")
    for left in lib.parent.glob("lib.partial-*"):
        shutil.rmtree(left, ignore_errors=True)
    # A Maven whose caller was killed may still be writing: never into ours.
    partial = lib.with_name(f"lib.partial-{os.getpid()}")
    log = lib.with_name("maven.log")
    _run_maven(_maven_command(maven, release, partial), release, log)
    count = len(list(partial.glob("*.jar")))
    partial.rename(lib)
    report(f"hadoop {release}: {count} jars in {lib}")


def _maven_command(maven: str, release: str, target: Path) -> list[str]:
    return [
        maven,
        "--batch-mode",
        "--quiet",
        f"--file={POM}",
        "dependency:copy-dependencies",
        f"-Dhadoop.version={release}",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={target}",
    ]


def _run_maven(command: list[str], release: str, log: Path) -> None:
    with log.open("wb") as output:
        try:
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_MAVEN_TIMEOUT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise ConfigError(
                f"Maven did not get Hadoop {release} in {_MAVEN_TIMEOUT_S / 60:g} min",
                hint=f"see {log}",
            ) from error
    if status:
        text = log.read_text(errors="replace")
        raise ConfigError(
            f"Maven could not get Hadoop {release}: {maven_reason(text)}",
            hint=f"see {log}; Maven's mirror and proxy are set in ~/.m2/settings.xml; "
            "a broken download is fetched again after its folder below "
            "~/.m2/repository is removed",
        )


def maven_reason(text: str) -> str:
    """Return what Maven says is wrong, in one line."""
    for line in text.splitlines():
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        found = re.match(r"(?:\[(?:ERROR|FATAL)\]\s*)+(\S.*)", plain)
        if found and not found[1].startswith("Some problems were encountered"):
            reason = found[1].removeprefix("Failed to execute goal ")
            return reason if len(reason) <= 400 else reason[:400] + " …"
    return text.strip().splitlines()[-1] if text.strip() else "it said nothing"
