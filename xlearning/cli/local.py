"""`xl local`: a YARN on this machine, without Java.

Only reads the command line and prints; what is done stands in `xlearning.local`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlearning.cli.text import print_data, print_note
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.local.home import Home, LocalSpec, ServerFile

_home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="The cluster's folder.  [default: $XLEARNING_LOCAL_HOME, else "
    "~/.cache/xlearning/local/default]",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def local() -> None:
    """Run a YARN on this machine, in one process and without Java.

    `xl-submit --master local` starts it by itself. Other commands find it through
    HADOOP_CONF_DIR:

        eval "$(xl local up)"
    """


@local.command(short_help="Start it and wait until it serves.")
@click.option("--nodes", default=1, show_default=True, help="NodeManagers.")
@click.option("--node-memory", help="Of each, e.g. 4g.  [default: the machine's]")
@click.option("--node-cores", type=int, help="Of each.  [default: the machine's]")
@click.option("--gpus", type=int, help="GPUs of each.  [default: those found]")
@click.option(
    "--queues",
    default="default",
    show_default=True,
    help="Queues, e.g. `default,prod`, or `default:40,prod:60:80` (share, most).",
)
@click.option(
    "--labels", multiple=True, metavar="LABEL=N,…", help="Nodes with a label."
)
@click.option(
    "--conf", multiple=True, metavar="KEY=VALUE", help="A property of Hadoop's."
)
@click.option(
    "--idle",
    "idle_s",
    default=0.0,
    help="End after so many seconds without a job or a caller.  [default: never]",
)
@_home
@_json
def up(home: Path | None, as_json: bool, **given: Any) -> None:
    """Start the cluster and wait until it serves.

    Prints the line that tells clients where it is.
    """
    from xlearning.local.starting import running, start

    target, spec = _home_of(home), _spec(given)
    found = running(target)
    if found is not None and found.spec != spec:
        print_note("it runs already, as it was started; `xl local down` ends it")
    server = found or start(target, spec)
    if as_json:
        print_data(json.dumps(_facts(target, server), indent=2))
    else:
        print_data(f"export HADOOP_CONF_DIR={target.conf_dir}\n{_address(server)}")


@local.command()
@click.option(
    "--keep-jobs",
    is_flag=True,
    help="Jobs run on for two minutes; `xl local up` within that time has them again.",
)
@_home
@_json
def down(home: Path | None, as_json: bool, keep_jobs: bool) -> None:
    """End the cluster with all its jobs. What it remembers is kept."""
    from xlearning.local.starting import stop

    target = _home_of(home)
    ran = stop(target, keep_jobs=keep_jobs)
    if as_json:
        print_data(json.dumps({"state": "down", "home": str(target.path)}))
    elif not ran:
        print_note(f"nothing runs in `{target.path}`")


@local.command()
@_home
@_json
def status(home: Path | None, as_json: bool) -> None:
    """Show the cluster. Exit status 1 if it does not run."""
    from xlearning.local.starting import running

    target = _home_of(home)
    server = running(target)
    if as_json:
        facts = _facts(target, server) if server else {"state": "down"}
        print_data(json.dumps(facts, indent=2))
    elif server is None:
        print_data(f"nothing runs in `{target.path}`")
    else:
        spec = server.spec
        print_data(
            f"{_address(server)}\n"
            f"nodes: {spec.nodes}, each {spec.memory_mb} MiB, {spec.vcores} cores, "
            f"{spec.gpus} GPUs\nprocess: {server.pid}\nhome: {target.path}"
        )
    if server is None:
        raise click.exceptions.Exit(1)


@local.command()
@click.argument("name")
@click.argument(
    "state", type=click.Choice(["lost", "decommissioned", "running"], False)
)
@_home
def node(name: str, state: str, home: Path | None) -> None:
    """Make the node NAME (e.g. 127.0.0.2) STATE.

    A lost node is written off at once, while its processes run on; one that is
    decommissioned keeps its containers and gets no more; running: it is back.
    """
    import requests

    from xlearning.local.starting import running

    target = _home_of(home)
    server = running(target)
    if server is None:
        raise ConfigError(f"nothing runs in `{target.path}`", hint="xl local up")
    url = f"http://127.0.0.1:{server.ports['web']}/local/nodes/{name}/{state.upper()}"
    answer = requests.put(url, timeout=10)
    if answer.status_code != 200:
        raise ConfigError(f"there is no node `{name}`", hint="127.0.0.1, 127.0.0.2 …")
    print_data(f"{answer.json()['node']} {answer.json()['state']}")


def _home_of(given: Path | None) -> Home:
    from xlearning.local.home import Home, default_home

    return Home((given or default_home()).absolute())


def _address(server: ServerFile) -> str:
    return f"# jobs: http://127.0.0.1:{server.ports['web']}/cluster"


def _facts(home: Home, server: ServerFile) -> dict[str, object]:
    return {
        "state": "up",
        "home": str(home.path),
        "conf": str(home.conf_dir),
        "pid": server.pid,
        "ports": server.ports,
        "nodes": server.spec.nodes,
    }


def _spec(given: Mapping[str, Any]) -> LocalSpec:
    import msgspec

    from xlearning.cluster.options import parse_memory_mb
    from xlearning.local.starting import machine_spec

    spec = machine_spec(gpus=given["gpus"], idle_s=given["idle_s"])
    conf = {}
    for text in given["conf"]:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"`--conf {text}` sets nothing", hint="--conf KEY=VALUE")
        conf[key] = value
    memory = given["node_memory"]
    nodes = given["nodes"]
    return msgspec.structs.replace(
        spec,
        nodes=nodes,
        memory_mb=parse_memory_mb(memory) if memory else spec.memory_mb // nodes,
        vcores=given["node_cores"] or spec.vcores,
        queues=given["queues"],
        labels=tuple(given["labels"]),
        conf=conf,
    )
