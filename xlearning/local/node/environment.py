"""The variables that a container gets. Pure.

From `ContainerLaunch.sanitizeEnv`: those of the node cannot be overridden and come
first, in this order; what the ResourceManager adds cannot be overridden either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.local.node.expansion import expand, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.local.node.layout import ContainerLayout
    from xlearning.local.node.spec import ContainerStart, NodeOptions

WHITE_LIST = (
    "JAVA_HOME",
    "HADOOP_COMMON_HOME",
    "HADOOP_HDFS_HOME",
    "HADOOP_CONF_DIR",
    "CLASSPATH_PREPEND_DISTCACHE",
    "HADOOP_YARN_HOME",
    "HADOOP_HOME",
    "PATH",
    "LANG",
    "TZ",
)
"""Passed on from the node where the container does not say otherwise
(`yarn.nodemanager.env-whitelist`)."""


@dataclass(frozen=True, slots=True)
class LocalizationCounters:
    """What bringing a container's files took; for `LOCALIZATION_COUNTERS`.

    Attributes:
        bytes_missed: Fetched.
        bytes_cached: Found on the node.
        files_missed: Fetched.
        files_cached: Found on the node.
        milliseconds: The time for all.
    """

    bytes_missed: int = 0
    bytes_cached: int = 0
    files_missed: int = 0
    files_cached: int = 0
    milliseconds: int = 0

    def __str__(self) -> str:
        """Return YARN's text."""
        return (
            f"{self.bytes_missed},{self.bytes_cached},"
            f"{self.files_missed},{self.files_cached},{self.milliseconds}"
        )


@dataclass(frozen=True, slots=True)
class ContainerEnvironment:
    """The variables, by the way they get into the launch script.

    Attributes:
        defaults: Of the white list: they give way to what is set already.
        node: Of the node, in YARN's order.
        other: Of the user and the server, each behind those that it refers to.
    """

    defaults: Mapping[str, str]
    node: Mapping[str, str]
    other: Mapping[str, str]

    @property
    def outer(self) -> dict[str, str]:
        """Return the environment of the shell that runs the launch script.

        YARN gives it the same values, not evaluated: `X=/a:$X` becomes `/a:/a:$X`, and
        a PATH that refers to itself is not evaluated before `setsid` is looked for.
        """
        return {**self.node, **self.other}


def container_environment(
    start: ContainerStart,
    layout: ContainerLayout,
    host: str,
    options: NodeOptions,
    counters: LocalizationCounters,
) -> ContainerEnvironment:
    """Return the variables of a container."""
    application = layout.work.parent
    node = {
        "HADOOP_TOKEN_FILE_LOCATION": str(layout.tokens),
        "CONTAINER_ID": start.container_id,
        "NM_PORT": str(start.node_port),
        "NM_HOST": host,
        "NM_HTTP_PORT": str(options.http_port),
        "LOCAL_DIRS": str(application),
        "LOCAL_USER_DIRS": f"{application.parent.parent}/",
        "LOG_DIRS": str(layout.logs),
        "USER": start.user,
        "LOGNAME": start.user,
        "HOME": options.user_home_dir,
        "PWD": str(layout.work),
        "LOCALIZATION_COUNTERS": str(counters),
        "JVM_PID": "$$",
    }
    arenas = options.environment.get("MALLOC_ARENA_MAX", "")
    logs = str(layout.logs)
    given = {k: expand(v, logs) for k, v in start.context.environment.items()}
    other = {**given, **start.environment, "MALLOC_ARENA_MAX": arenas}
    other = {name: value for name, value in other.items() if name not in node}
    defaults = {
        name: options.environment[name]
        for name in WHITE_LIST
        if name in options.environment and name not in other
    }
    return ContainerEnvironment(defaults, node, ordered(other))
