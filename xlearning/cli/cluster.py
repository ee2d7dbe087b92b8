"""`xl cluster`: a real Hadoop on this machine.

Only reads the command line and prints; what is done stands in `xlearning.cluster`,
which is imported when a command runs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlearning.cli.text import print_data, print_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.cluster.cluster import Cluster
    from xlearning.cluster.spec import ClusterSpec

_home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="The cluster's folder.  [default: $XLEARNING_CLUSTER_HOME, else "
    "~/.cache/xlearning/clusters/default]",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_daemon = click.argument("daemon")


@click.group()
def cluster() -> None:
    """Run a real Hadoop on this machine, from Maven artifacts.

    NameNode, DataNodes, ResourceManager and NodeManagers run as processes of their
    own. Any Hadoop client can use them through HADOOP_CONF_DIR:

        eval "$(xl cluster up)"
    """


@cluster.command(short_help="Start the cluster and wait until it is ready.")
@click.option("--nodes", default=3, show_default=True, help="NodeManagers.")
@click.option("--datanodes", default=1, show_default=True, help="DataNodes.")
@click.option(
    "--gpus-per-node",
    default=2,
    show_default=True,
    help="GPUs that each NodeManager counts; no device is needed.",
)
@click.option(
    "--node-memory",
    default="4g",
    show_default=True,
    help="Memory of each NodeManager for containers.",
)
@click.option(
    "--node-cores",
    default=8,
    show_default=True,
    help="Virtual cores of each NodeManager.",
)
@click.option("--hadoop", default="3.5.0", show_default=True, help="Hadoop's release.")
@click.option(
    "--queues",
    default="default,prod,dev",
    show_default=True,
    help="Queues, all with the same share; or `default:40,prod:30,dev:30`.",
)
@click.option(
    "--labels",
    multiple=True,
    metavar="LABEL=NODE,…",
    help="A node label, e.g. gpu=nm2,nm3; repeatable.",
)
@click.option(
    "--conf",
    multiple=True,
    metavar="KEY=VALUE",
    help="A property for Hadoop's site files; repeatable.",
)
@click.option(
    "--base-port",
    type=int,
    help="Use this port and the ones after it.  [default: free ones]",
)
@click.option(
    "--timeout",
    "timeout_s",
    default=180.0,
    show_default=True,
    help="Seconds to wait until all is ready.",
)
@_home
@_json
def up(home: Path | None, timeout_s: float, as_json: bool, **given: Any) -> None:
    """Start the cluster, or what of it does not run, and wait until it is ready.

    Prints the line that tells clients where it is.
    """
    from xlearning.cluster.status import export_lines

    status = _cluster(home).up(_spec(given), _report, timeout_s=timeout_s)
    if as_json:
        print_data(json.dumps(status.to_json(), indent=2))
    else:
        print_data("\n".join(export_lines(status)))


@cluster.command()
@click.option("--wipe", is_flag=True, help="Also delete its data, logs and settings.")
@_home
@_json
def down(home: Path | None, wipe: bool, as_json: bool) -> None:
    """Stop the cluster and what is left of its containers. Data is kept."""
    target = _cluster(home)
    target.down(_report, wipe=wipe)
    if as_json:
        print_data(json.dumps({"state": "down", "home": str(target.layout.home)}))


@cluster.command()
@_home
@_json
def status(home: Path | None, as_json: bool) -> None:
    """Show the daemons. Exit status 1 if one of them is not ready."""
    from xlearning.cluster.status import status_lines

    found = _cluster(home).status()
    if as_json:
        print_data(json.dumps(found.to_json(), indent=2))
    else:
        print_data("\n".join(status_lines(found)))
    if not found.is_up:
        raise click.exceptions.Exit(1)


@cluster.command()
@_daemon
@_home
@_json
def start(daemon: str, home: Path | None, as_json: bool) -> None:
    """Start one DAEMON and wait until it is ready.

    DAEMON is namenode, datanode1, resourcemanager, nodemanager1 …, or short: nn, dn1,
    rm, nm1.
    """
    target = _cluster(home)
    target.start(daemon, _report)
    _print_status(target, as_json)


@cluster.command()
@_daemon
@_home
@_json
def stop(daemon: str, home: Path | None, as_json: bool) -> None:
    """Stop one DAEMON: SIGTERM, SIGKILL after 10 s. Containers go on running."""
    target = _cluster(home)
    target.stop(daemon, _report)
    _print_status(target, as_json)


@cluster.command()
@_daemon
@_home
@_json
def kill(daemon: str, home: Path | None, as_json: bool) -> None:
    """Kill one DAEMON with SIGKILL. Containers go on running."""
    target = _cluster(home)
    target.kill(daemon, _report)
    _print_status(target, as_json)


def _report(line: str) -> None:
    print_note(line)


def _cluster(home: Path | None) -> Cluster:
    from xlearning.cluster.cluster import Cluster, default_home

    return Cluster(home or default_home())


def _print_status(target: Cluster, as_json: bool) -> None:
    if as_json:
        print_data(json.dumps(target.status().to_json(), indent=2))


def _spec(given: Mapping[str, Any]) -> ClusterSpec:
    from xlearning.cluster import options
    from xlearning.cluster.spec import ClusterSpec

    return ClusterSpec(
        hadoop=given["hadoop"],
        nodes=given["nodes"],
        datanodes=given["datanodes"],
        gpus_per_node=given["gpus_per_node"],
        node_memory_mb=options.parse_memory_mb(given["node_memory"]),
        node_cores=given["node_cores"],
        queues=options.parse_queues(given["queues"]),
        labels=tuple(options.parse_label(text) for text in given["labels"]),
        conf=options.parse_conf(given["conf"]),
        base_port=given["base_port"],
    )
