"""What a cluster has once its daemons are ready: folders in HDFS, node labels.

Both over HTTP (WebHDFS, the ResourceManager's REST API). Folders that exist are left
as they are, so that a user's changes outlive a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from xlearning.cluster.site import NAMENODE, RESOURCEMANAGER, Site
from xlearning.cluster.spec import DaemonKind, DaemonName
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Collection

    from xlearning.cluster.readiness import Readiness

_TIMEOUT_S = 30.0
TEST_USER = "alice"
"""A user without rights, who exists in Hadoop only."""


@dataclass(frozen=True)
class Folder:
    """A folder of HDFS.

    Attributes:
        path: Where.
        mode: Its permissions, octal digits.
        owner: Whose it is.
    """

    path: str
    mode: str
    owner: str


def first_folders(user: str) -> list[Folder]:
    """Return the folders that users and YARN expect."""
    homes = [Folder(f"/user/{name}", "755", name) for name in (user, "root", TEST_USER)]
    return [
        Folder("/tmp", "1777", user),
        # NodeManagers write the logs of each user there, as that user.
        Folder("/tmp/logs", "1777", user),
        Folder("/user", "755", user),
        *dict.fromkeys(homes),
    ]


def make_folders(site: Site, readiness: Readiness) -> None:
    """Make the first folders of HDFS where they are missing.

    Raises:
        ClusterError: The NameNode refused.
    """
    base = f"{readiness.web(NAMENODE)}/webhdfs/v1"
    for folder in first_folders(site.user):
        where = base + folder.path
        user = {"user.name": site.user}
        status = {"op": "GETFILESTATUS", **user}
        answer = _send(readiness, "GET", where, params=status)
        if answer.ok:
            continue
        for operation in (
            {"op": "MKDIRS", "permission": folder.mode},
            # MKDIRS is subject to the NameNode's umask, this is not.
            {"op": "SETPERMISSION", "permission": folder.mode},
            {"op": "SETOWNER", "owner": folder.owner},
        ):
            answer = _send(readiness, "PUT", where, params=operation | user)
            _require_ok(answer, f"{operation['op']} {folder.path}")


def set_node_labels(
    site: Site, readiness: Readiness, nodes: Collection[DaemonName]
) -> None:
    """Make the labels known and give them to those of their nodes that are in `nodes`.

    Labels go to a node by host and port: several nodes may share a host. The
    ResourceManager remembers them.

    Raises:
        ClusterError: The ResourceManager refused.
    """
    if not site.spec.labels:
        return
    base = f"{readiness.web(RESOURCEMANAGER)}/ws/v1/cluster"
    user = {"user.name": site.user}
    # Without a wrapper: in `nodeLabelsInfo` the RM answers 200 and adds nothing.
    known = [
        {"name": label.name, "exclusivity": "true" if label.exclusive else "false"}
        for label in site.spec.labels
    ]
    answer = _send(
        readiness,
        "POST",
        f"{base}/add-node-labels",
        params=user,
        json={"nodeLabelInfo": known},
    )
    _require_ok(answer, "add-node-labels")
    for label in site.spec.labels:
        for number in label.nodes:
            node = DaemonName(DaemonKind.NODEMANAGER, number)
            if node not in nodes:
                continue
            node_id = readiness.node_id(node)
            answer = _send(
                readiness,
                "POST",
                f"{base}/nodes/{node_id}/replace-labels",
                params=user | {"labels": label.name},
            )
            _require_ok(answer, f"replace-labels of {node_id}")


def _send(
    readiness: Readiness,
    method: str,
    url: str,
    *,
    params: dict[str, str],
    json: object = None,
) -> requests.Response:
    try:
        return readiness.session.request(
            method, url, params=params, json=json, timeout=_TIMEOUT_S
        )
    except requests.RequestException as error:
        raise ClusterError(
            f"{method} {url}: {error}", protocol="REST", method=method
        ) from error
    finally:
        # Hadoop's cookie outranks `user.name`.
        readiness.session.cookies.clear()


def _require_ok(answer: requests.Response, what: str) -> None:
    if not answer.ok:
        raise ClusterError(
            f"{what} was refused: {answer.status_code} {answer.text[:500]}",
            protocol="REST",
            method=what,
            remote_text=answer.text,
        )
