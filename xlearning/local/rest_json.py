"""The REST API's answers, in the shapes of Hadoop 3.5. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xlearning import __version__
from xlearning.hadoop.records import NodeState
from xlearning.hadoop.resource import GPU, MEMORY, VIRTUAL_CORES
from xlearning.local import amounts
from xlearning.local.applications import AppState, AttemptState
from xlearning.local.nodes import RACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.hadoop.resource import Resource
    from xlearning.local.applications import Application, Attempt
    from xlearning.local.cluster import Cluster
    from xlearning.local.nodes import Node
    from xlearning.local.settings import QueueSpec

Answer = dict[str, object]
VERSION = f"xlearning-{__version__}"
_MILLI = 1000


def info(cluster: Cluster) -> Answer:
    """Answer `/info`."""
    started = cluster.settings.started_ms
    return {
        "clusterInfo": {
            "id": started,
            "startedOn": started,
            "state": "STARTED",
            "haState": "ACTIVE",
            "resourceManagerVersion": VERSION,
            "hadoopVersion": VERSION,
        }
    }


def metrics(cluster: Cluster) -> Answer:
    """Answer `/metrics`."""
    whole = cluster.capacity()
    used = amounts.total([node.used for node in cluster.nodes.values() if node.alive])
    free = amounts.subtract(whole, used)
    apps = [app.state for app in cluster.applications.values()]
    nodes = [node.state for node in cluster.nodes.values()]
    live = [app for app in cluster.applications.values() if not app.ended]
    pending = sum(app.attempt.asks.pending for app in live if app.attempts)
    return {
        "clusterMetrics": {
            "appsSubmitted": len(apps),
            "appsCompleted": apps.count(AppState.FINISHED),
            "appsPending": apps.count(AppState.ACCEPTED),
            "appsRunning": apps.count(AppState.RUNNING),
            "appsFailed": apps.count(AppState.FAILED),
            "appsKilled": apps.count(AppState.KILLED),
            "reservedMB": 0,
            "availableMB": free.memory_mb,
            "allocatedMB": used.memory_mb,
            "availableVirtualCores": free.virtual_cores,
            "allocatedVirtualCores": used.virtual_cores,
            "containersAllocated": sum(
                len(n.containers) for n in cluster.nodes.values()
            ),
            "totalMB": whole.memory_mb,
            "totalVirtualCores": whole.virtual_cores,
            "totalNodes": len(nodes),
            "activeNodes": nodes.count(NodeState.RUNNING),
            "lostNodes": nodes.count(NodeState.LOST),
            "unhealthyNodes": nodes.count(NodeState.UNHEALTHY),
            "decommissioningNodes": nodes.count(NodeState.DECOMMISSIONING),
            "decommissionedNodes": nodes.count(NodeState.DECOMMISSIONED),
            "shutdownNodes": 0,
            "rebootedNodes": 0,
            "containersPending": pending,
            "containersReserved": 0,
            "reservedVirtualCores": 0,
            "totalClusterResourcesAcrossPartition": resource(whole),
            "totalUsedResourcesAcrossPartition": resource(used),
        }
    }


def resource(amount: Resource) -> Answer:
    """Return an amount."""
    listed = (
        (GPU, amount.gpus, ""),
        (MEMORY, amount.memory_mb, "Mi"),
        (VIRTUAL_CORES, amount.virtual_cores, ""),
    )
    return {
        "memory": amount.memory_mb,
        "vCores": amount.virtual_cores,
        "resourceInformations": {
            "resourceInformation": [
                {
                    "name": name,
                    "resourceType": "COUNTABLE",
                    "units": units,
                    "value": value,
                    "minimumAllocation": 0,
                    "maximumAllocation": (1 << 63) - 1,
                }
                for name, value, units in listed
            ]
        },
    }


def node(each: Node) -> Answer:
    """Return one entry of `/nodes`."""
    free = amounts.subtract(each.total, each.used)
    answer: Answer = {
        "rack": RACK,
        "state": each.state.value,
        "id": str(each.node_id),
        "nodeHostName": each.node_id.host,
        "nodeHTTPAddress": each.http_address,
        "lastHealthUpdate": each.seen_ms,
        "version": VERSION,
        "healthReport": "",
        "numContainers": len(each.containers),
        "usedMemoryMB": each.used.memory_mb,
        "availMemoryMB": free.memory_mb,
        "usedVirtualCores": each.used.virtual_cores,
        "availableVirtualCores": free.virtual_cores,
        "totalResource": resource(each.total),
        "usedResource": resource(each.used),
        "availableResource": resource(free),
    }
    if each.labels:
        answer["nodeLabels"] = list(each.labels)
    return answer


def nodes(cluster: Cluster, states: frozenset[str]) -> Answer:
    """Answer `/nodes`; without states those that are not lost or gone."""
    listed = [
        node(each)
        for each in cluster.nodes.values()
        if (each.state in states if states else each.alive)
    ]
    return {"nodes": {"node": listed} if listed else {}}


def scheduler(cluster: Cluster) -> Answer:
    """Answer `/scheduler`."""
    whole = cluster.capacity()
    queues = [_queue(cluster, queue, whole) for queue in cluster.settings.queues]
    return {
        "scheduler": {
            "schedulerInfo": {
                "type": "capacityScheduler",
                "capacity": 100.0,
                "usedCapacity": 0.0,
                "maxCapacity": 100.0,
                "queueName": "root",
                "queuePath": "root",
                "queues": {"queue": queues},
            }
        }
    }


def _queue(cluster: Cluster, queue: QueueSpec, whole: Resource) -> Answer:
    used = cluster.used_by(queue.name)
    share = amounts.dominant_share(used, whole)
    apps = [a for a in cluster.applications.values() if a.queue == queue.name]
    return {
        "type": "capacitySchedulerLeafQueueInfo",
        "queueName": queue.name,
        "queuePath": f"root.{queue.name}",
        "capacity": queue.capacity * 100,
        "maxCapacity": queue.maximum * 100,
        "usedCapacity": share / queue.capacity * 100 if queue.capacity else 0.0,
        "absoluteUsedCapacity": share * 100,
        "numApplications": sum(not app.ended for app in apps),
        "state": "RUNNING",
        "resourcesUsed": resource(used),
    }


def new_application(cluster: Cluster, application_id: str) -> Answer:
    """Answer `/apps/new-application`."""
    most = cluster.largest_container()
    return {
        "application-id": application_id,
        "maximum-resource-capability": resource(most),
    }


def statistics(cluster: Cluster, states: list[str], kind: str) -> Answer:
    """Answer `/appstatistics`: how many applications of a type are in which state."""
    counts = dict.fromkeys(states, 0)
    for app in cluster.applications.values():
        if kind in ("", app.submission.application_type.lower()):
            state = app.state.value
            counts |= {state: counts[state] + 1} if state in counts else {}
    items = [
        {"state": state, "type": kind or "*", "count": count}
        for state, count in counts.items()
    ]
    return {"appStatInfo": {"statItem": items}}


def page_url(cluster: Cluster, application: Application) -> str:
    """Return where an application's tracking URL leads, as YARN says it."""
    base = f"http://{cluster.settings.web_address}"
    shown = application.state in (AppState.RUNNING, AppState.FINISHED)
    if shown and application.attempts and application.attempt.registered:
        return f"{base}/proxy/{application.id}/"
    return f"{base}/cluster/app/{application.id}"


def application(cluster: Cluster, app: Application, now: int) -> Answer:
    """Return one entry of `/apps`."""
    submission = app.submission
    used = app.used()
    end = app.finished_ms or now
    answer: Answer = {
        "id": app.id,
        "user": submission.user,
        "name": submission.name,
        "queue": f"root.{app.queue}",
        "state": app.state.value,
        "finalStatus": app.final_status,
        "progress": 100.0 if app.ended else _progress(app),
        "trackingUI": "History" if app.ended else "ApplicationMaster",
        "trackingUrl": page_url(cluster, app),
        "diagnostics": app.diagnostics or _waiting(app),
        "clusterId": cluster.settings.started_ms,
        "applicationType": submission.application_type,
        "applicationTags": ",".join(submission.tags),
        "priority": app.priority,
        "startedTime": app.submitted_ms,
        "launchTime": app.launched_ms,
        "finishedTime": app.finished_ms,
        "elapsedTime": end - app.submitted_ms,
        "memorySeconds": int(app.memory_mb_s),
        "vcoreSeconds": int(app.vcore_s),
        "logAggregationStatus": "NOT_START" if not app.ended else app.log_aggregation,
        "unmanagedApplication": False,
        "allocatedMB": -1 if app.ended else used.memory_mb,
        "allocatedVCores": -1 if app.ended else used.virtual_cores,
        "runningContainers": -1 if app.ended else _running(app),
        "amNodeLabelExpression": submission.am_label,
        "appNodeLabelExpression": submission.label,
        "reservedMB": -1 if app.ended else 0,
        "reservedVCores": -1 if app.ended else 0,
        "timeouts": {"timeout": [timeout(app, now)]},
    }
    if app.attempts:
        answer |= _master_place(cluster, app.attempt, submission.user)
    return answer


def _waiting(app: Application) -> str:
    launched = app.attempts and app.attempt.state is AttemptState.LAUNCHED
    if app.ended or not launched:
        return ""
    return "AM container is launched, waiting for AM container to Register with RM"


def _progress(app: Application) -> float:
    return app.attempt.progress * 100 if app.attempts else 0.0


def _running(app: Application) -> int:
    return len(app.attempt.containers) if app.attempts else -1


def _master_place(cluster: Cluster, attempt: Attempt, user: str) -> Answer:
    if attempt.master is None or attempt.master_node not in cluster.nodes:
        return {}
    address = cluster.nodes[attempt.master_node].http_address
    answer: Answer = {
        "amContainerLogs": (
            f"http://{address}/node/containerlogs/{attempt.master}/{user}"
        ),
        "amHostHttpAddress": address,
        "masterNodeId": str(attempt.master_node),
    }
    if attempt.registered:
        answer["amRPCAddress"] = f"{attempt.host}:{attempt.rpc_port}"
    return answer


def attempts(cluster: Cluster, app: Application) -> Answer:
    """Answer `/apps/{id}/appattempts`."""
    listed = [_attempt(cluster, each, app.submission.user) for each in app.attempts]
    return {"appAttempts": {"appAttempt": listed} if listed else {}}


def _attempt(cluster: Cluster, attempt: Attempt, user: str) -> Answer:
    place = _master_place(cluster, attempt, user)
    answer: Answer = {
        "id": attempt.id.attempt,
        "startTime": attempt.started_ms,
        "finishedTime": attempt.finished_ms,
        "containerId": str(attempt.master) if attempt.master else "",
        "nodeHttpAddress": place.get("amHostHttpAddress", ""),
        "nodeId": str(attempt.master_node) if attempt.master_node else "",
        "logsLink": place.get("amContainerLogs", ""),
        "blacklistedNodes": "",
        "nodesBlacklistedBySystem": "",
        "appAttemptId": str(attempt.id),
        "appAttemptState": attempt.state.value,
        "exportPorts": "",
    }
    if attempt.tracking_url:
        answer["trackingUrl"] = attempt.tracking_url
    if attempt.diagnostics:
        answer["diagnosticsInfo"] = attempt.diagnostics
    return answer


def timeout(app: Application, now: int) -> Answer:
    """Return an application's lifetime."""
    if not app.lifetime_ms:
        return {
            "type": "LIFETIME",
            "expiryTime": "UNLIMITED",
            "remainingTimeInSeconds": -1,
        }
    at = datetime.fromtimestamp(app.lifetime_ms / _MILLI, UTC)
    return {
        "type": "LIFETIME",
        "expiryTime": at.strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{app.lifetime_ms % _MILLI:03d}+0000",
        "remainingTimeInSeconds": max(0, (app.lifetime_ms - now) // _MILLI),
    }


def select(cluster: Cluster, query: Mapping[str, list[str]]) -> list[Application]:
    """Return the applications that a query of `/apps` asks for."""
    wanted = {
        key: {word.lower() for text in query.get(key, []) for word in text.split(",")}
        for key in ("states", "state", "applicationTypes", "applicationTags")
    }
    states = wanted["states"] | wanted["state"]
    found = [
        app
        for app in cluster.applications.values()
        if (not states or app.state.value.lower() in states)
        and _matches(app, wanted["applicationTypes"], wanted["applicationTags"])
        and query.get("user", [app.submission.user])[0] == app.submission.user
        and query.get("queue", [app.queue])[0].removeprefix("root.") == app.queue
        and query.get("finalStatus", [app.final_status])[0] == app.final_status
    ]
    found = [app for app in found if _in_time(app, query)]
    limit = query.get("limit", [""])[0]
    found.reverse()
    return found[: int(limit)] if limit.isdecimal() else found


def _in_time(app: Application, query: Mapping[str, list[str]]) -> bool:
    times = {"started": app.submitted_ms, "finished": app.finished_ms}
    for name, at in times.items():
        begin, end = (
            query.get(f"{name}TimeBegin", [""])[0],
            query.get(f"{name}TimeEnd", [""])[0],
        )
        if begin.isdecimal() and at < int(begin):
            return False
        if end.isdecimal() and at > int(end):
            return False
    return True


def _matches(app: Application, types: set[str], tags: set[str]) -> bool:
    submission = app.submission
    return (not types or submission.application_type.lower() in types) and (
        not tags or bool(tags & set(submission.tags))
    )
