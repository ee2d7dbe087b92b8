"""Decides what a cluster is from now on: ports, host names, configuration files.

Before anything is started; checks that the machine has what it takes.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from xlearning.cluster import artifacts, ports
from xlearning.cluster.hosts import ensure_host_names
from xlearning.cluster.site import Site
from xlearning.cluster.site_files import LOG4J, site_files, to_xml
from xlearning.cluster.state import ClusterState, read_state, replace_file, write_state
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.cluster.artifacts import Report
    from xlearning.cluster.layout import Layout
    from xlearning.cluster.spec import ClusterSpec


def site_of(layout: Layout, state: ClusterState) -> Site:
    """Return all that the configuration of a cluster depends on."""
    return Site(
        spec=state.spec,
        layout=layout,
        ports=state.ports,
        own_host_names=state.own_host_names,
        user=getpass.getuser(),
        lib=artifacts.lib_folder(state.spec.hadoop),
    )


def running_state(layout: Layout, spec: ClusterSpec, living: set[str]) -> ClusterState:
    """Return the state of a cluster that runs, at least in part, as asked for.

    Raises:
        ConfigError: It runs with another configuration, or somebody took a port of a
            daemon that does not run.
    """
    state = read_state(layout)
    if state is None or state.spec != spec:
        differences = state.spec.differences(spec) if state else ["no cluster.json"]
        raise ConfigError(
            f"another cluster runs in `{layout.home}` ({'; '.join(differences)})",
            hint="`xl cluster down` stops it; or give the new one another `--home`",
        )
    dead = [name for name in spec.daemons if str(name) not in living]
    ports.refuse_taken(ports.taken_ports(dead, state.ports))
    return state


def new_state(
    layout: Layout, spec: ClusterSpec, hosts_file: Path, report: Report
) -> ClusterState:
    """Settle what a cluster is of which nothing runs, and write its files.

    Raises:
        ConfigError: The machine lacks something, a port is taken, or the data in the
            home folder is of another release.
    """
    state = read_state(layout)
    artifacts.require_space(layout.home)
    artifacts.find_java()
    artifacts.hadoop_jars(spec.hadoop, report)
    if state and state.spec.hadoop != spec.hadoop and layout.data.exists():
        raise ConfigError(
            f"the data in `{layout.home}` is of Hadoop {state.spec.hadoop}",
            hint="`xl cluster down --wipe` deletes it; or give another `--home`",
        )
    names = ensure_host_names(spec.nodes, hosts_file)
    if not names.usable:
        report(f"all nodemanagers are called localhost: {names.reason}")
    chosen = _ports(layout, spec, state.ports if state else {})
    settled = ClusterState(spec, chosen, names.usable)
    _write_files(layout, settled)
    return settled


def _ports(
    layout: Layout, spec: ClusterSpec, known: Mapping[str, int]
) -> dict[str, int]:
    """Keep the ports of last time, unless somebody took them meanwhile."""
    free = {key: port for key, port in known.items() if ports.is_free(port)}
    chosen = ports.choose_ports(spec, layout.home, free)
    ports.refuse_taken(ports.taken_ports(spec.daemons, chosen))
    return chosen


def _write_files(layout: Layout, state: ClusterState) -> None:
    files = {
        name: to_xml(properties)
        for name, properties in site_files(site_of(layout, state)).items()
    }
    try:
        write_state(layout, state)
        for folder in layout.folders:
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in {**files, "log4j.properties": LOG4J}.items():
            replace_file(layout.conf / name, text)
    except OSError as error:
        raise ConfigError(
            f"`{error.filename}` cannot be written: {error.strerror}",
            hint="name another folder with `--home`",
        ) from error
