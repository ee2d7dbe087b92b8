"""The JVMs: their command lines, and starting them.

Hadoop's shell scripts are not used; what they do for a JVM stands here. Classes come
from the jars first and the configuration folder last (no jar has a site file), the
order that lets a JVM use an archive of loaded classes.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from xlearning.cluster.processes import daemon_mark, is_alive, last_lines
from xlearning.cluster.site import NAMENODE, Site
from xlearning.cluster.site_files import daemon_properties
from xlearning.cluster.spec import DaemonKind, DaemonName
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.cluster.artifacts import Java

_MAIN_CLASS: Mapping[DaemonKind, str] = {
    DaemonKind.NAMENODE: "org.apache.hadoop.hdfs.server.namenode.NameNode",
    DaemonKind.DATANODE: "org.apache.hadoop.hdfs.server.datanode.DataNode",
    DaemonKind.RESOURCEMANAGER: (
        "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager"
    ),
    DaemonKind.NODEMANAGER: "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
}
_HEAP_MB: Mapping[DaemonKind, int] = {
    DaemonKind.NAMENODE: 256,
    DaemonKind.DATANODE: 192,
    DaemonKind.RESOURCEMANAGER: 384,
    DaemonKind.NODEMANAGER: 192,
}
# As `hadoop_java_setup`-time functions of Hadoop 3.5's scripts give them: Guice, the
# web proxy's certificate authority and Kerberos reach into these packages.
_OPENED_PACKAGES = (
    "java.io",
    "java.lang",
    "java.lang.reflect",
    "java.math",
    "java.net",
    "java.text",
    "java.util",
    "java.util.concurrent",
    "java.util.zip",
    "sun.security.util",
    "sun.security.x509",
)
_SMALL_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxMetaspaceSize=192m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Xss512k",
    "-Djava.net.preferIPv4Stack=true",
    "-Djava.security.egd=file:/dev/./urandom",
)
# Runs its arguments in the background, prints the process id, ends.
_ORPHANED = ("/bin/sh", "-c", 'exec 3>&1 >&2; "$@" 3>&- & echo $! >&3', "sh")
_LAST_LINES = 15
_FORMAT_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Daemon:
    """A daemon that was started.

    Attributes:
        name: Which.
        process: Its JVM.
        log_offset: Size of its log in bytes before the start.
        out_offset: Size of its stdout and stderr file before the start.
    """

    name: DaemonName
    process: psutil.Process
    log_offset: int
    out_offset: int


def java_command(site: Site, name: DaemonName, java: Java) -> list[str]:
    """Return the command line of a daemon.

    The `-D` before the main class are for the JVM, those behind it for Hadoop: every
    main class reads them (GenericOptionsParser).
    """
    layout, heap_mb = site.layout, _HEAP_MB[name.kind]
    jvm = [
        daemon_mark(layout, name),
        "-XX:+IgnoreUnrecognizedVMOptions",
        f"-Xmx{heap_mb}m",
        *_SMALL_JVM,
        *(
            f"--add-opens=java.base/{package}=ALL-UNNAMED"
            for package in _OPENED_PACKAGES
        ),
        f"-Djava.io.tmpdir={layout.tmp}",
        f"-XX:ErrorFile={layout.logs}/{name}.crash",
        f"-Dhadoop.log.dir={layout.logs}",
        f"-Dhadoop.log.file={layout.log(name).name}",
        # Without it the NodeManager makes a folder called `${yarn.log.dir}`.
        f"-Dyarn.log.dir={layout.logs}",
        f"-Dhadoop.home.dir={layout.home}",
        f"-Dhadoop.id.str={site.user}",
    ]
    properties = daemon_properties(site, name)
    hadoop = [word for key in properties for word in ("-D", f"{key}={properties[key]}")]
    return [str(java.executable), *jvm, _MAIN_CLASS[name.kind], *hadoop]


def environment(site: Site, java: Java, user_home: Path) -> dict[str, str]:
    """Return a daemon's environment: nothing of ours reaches Hadoop or a container."""
    jars = [str(jar) for jar in sorted(site.lib.glob("*.jar"))]
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(user_home),
        "USER": site.user,
        "LANG": "C.UTF-8",
        "JAVA_HOME": str(java.home),
        "HADOOP_CONF_DIR": str(site.layout.conf),
        "CLASSPATH": os.pathsep.join([*jars, str(site.layout.conf)]),
        "MALLOC_ARENA_MAX": "2",
    }


def start_daemon(site: Site, name: DaemonName, java: Java) -> Daemon:
    """Start a daemon and return at once.

    A shell in between makes it nobody's child: the caller may end or stay, and has
    no zombie of it to reap.

    Raises:
        ClusterError: The JVM was gone before it could be looked at.
    """
    layout = site.layout
    log_offset, out_offset = _size(layout.log(name)), _size(layout.out(name))
    with layout.out(name).open("ab") as out:
        shell = subprocess.run(
            [*_ORPHANED, *java_command(site, name, java)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            cwd=layout.home,
            env=environment(site, java, Path.home()),
            start_new_session=True,
            check=True,
        )
    try:
        process = psutil.Process(int(shell.stdout))
    except psutil.NoSuchProcess as error:
        raise _ended(site, name, log_offset, out_offset) from error
    return Daemon(name, process, log_offset, out_offset)


def require_alive(site: Site, daemon: Daemon) -> None:
    """Raise if a daemon has ended.

    Raises:
        ClusterError: Names it and shows the last lines of its log.
    """
    if not is_alive(daemon.process):
        raise _ended(site, daemon.name, daemon.log_offset, daemon.out_offset)


def _ended(
    site: Site, name: DaemonName, log_offset: int, out_offset: int
) -> ClusterError:
    log, out = site.layout.log(name), site.layout.out(name)
    lines = last_lines(log, log_offset, _LAST_LINES)
    lines += last_lines(out, out_offset, _LAST_LINES)
    shown = "".join(f"\n  {line}" for line in lines) or " without a word"
    return ClusterError(
        f"{name} ended while it was starting:{shown}", hint=f"the whole log: {log}"
    )


def is_formatted(site: Site) -> bool:
    """Say whether the NameNode has a file system; its image is written last."""
    current = site.layout.daemon_data(NAMENODE) / "current"
    return (current / "VERSION").exists() and any(current.glob("fsimage_*.md5"))


def format_namenode(site: Site, java: Java) -> None:
    """Make an empty file system.

    Raises:
        ClusterError: The NameNode could not.
    """
    out = site.layout.out(NAMENODE)
    offsets = _size(site.layout.log(NAMENODE)), _size(out)
    arguments = ["-format", "-nonInteractive", "-force", "-clusterId", "local"]
    with out.open("ab") as file:
        status = subprocess.run(
            [*java_command(site, NAMENODE, java), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=site.layout.home,
            env=environment(site, java, Path.home()),
            timeout=_FORMAT_TIMEOUT_S,
            check=False,
        ).returncode
    if status:
        raise _ended(site, NAMENODE, *offsets)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
