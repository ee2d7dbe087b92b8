"""What a format is told: properties, and for one in Java where its classes are.

These are the user's jars, then Hadoop's, which are found as YARN finds them for its own
applications, with the variables of the node that we are on.
"""

from __future__ import annotations

import os
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from xlearning.io.formats.base import FormatSettings
from xlearning.io.formats.registry import needs_java
from xlearning.io.streams.orders import Setup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEYS = ("yarn.application.classpath", "mapreduce.application.classpath")
DEFAULT = (
    "$HADOOP_CONF_DIR,"
    "$HADOOP_COMMON_HOME/share/hadoop/common/*,"
    "$HADOOP_COMMON_HOME/share/hadoop/common/lib/*,"
    "$HADOOP_HDFS_HOME/share/hadoop/hdfs/*,"
    "$HADOOP_HDFS_HOME/share/hadoop/hdfs/lib/*,"
    "$HADOOP_MAPRED_HOME/share/hadoop/mapreduce/*,"
    "$HADOOP_YARN_HOME/share/hadoop/yarn/*"
)
"""YarnConfiguration.DEFAULT_YARN_APPLICATION_CLASSPATH, and MapReduce."""
_HOMES = ("HADOOP_COMMON_HOME", "HADOOP_HDFS_HOME", "HADOOP_MAPRED_HOME")
_YARN_HOME = "HADOOP_YARN_HOME"


def runs_foreign_code(name: str) -> bool:
    """Say whether a format is in Java or the user's own: it needs files of the job."""
    return needs_java(name) or ":" in name


def setup_for(
    name: str, properties: Mapping[str, str], user: str, class_path_of_user: str
) -> Setup:
    """Return what an order needs to run a format on this node.

    Args:
        name: The format.
        properties: Hadoop's, resolved.
        user: Whom to act as at file systems.
        class_path_of_user: The user's CLASSPATH.
    """
    jars: tuple[str, ...] = ()
    if needs_java(name):
        jars = class_path(class_path_of_user, properties, os.environ)
    return Setup(name, FormatSettings(dict(properties), jars, user), user)


def class_path(
    user: str, properties: Mapping[str, str], variables: Mapping[str, str]
) -> tuple[str, ...]:
    """Return jars and folders, in the order in which classes are looked for.

    Args:
        user: The user's class path, with colons.
        properties: Hadoop's, resolved.
        variables: This process's environment.
    """
    entries = [entry for entry in user.split(":") if entry]
    for key in KEYS:
        text = properties.get(key, "") or (DEFAULT if key == KEYS[0] else "")
        entries += (part.strip() for part in text.split(",") if part.strip())
    known = with_homes(variables)
    found = (path for each in entries for path in _expanded(each, known))
    return tuple(dict.fromkeys(found))


def with_homes(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables with the homes of Hadoop's parts, which mostly are one."""
    names = ("HADOOP_HOME", *_HOMES, _YARN_HOME)
    home = next((variables[name] for name in names if variables.get(name)), "")
    homes = dict.fromkeys(names, home) if home else {}
    return {**homes, **variables}


def _expanded(entry: str, variables: Mapping[str, str]) -> Iterator[str]:
    """Yield what an entry stands for, nothing where a variable is not known."""
    path = Template(entry).safe_substitute(variables)
    if "$" in path or "{{" in path:
        return
    if path.endswith("/*"):
        yield from sorted(str(jar) for jar in Path(path[:-2]).glob("*.[jJ][aA][rR]"))
    elif Path(path).exists():
        yield path
