"""Properties of yarn-site.xml, capacity-scheduler.xml and resource-types.xml.

Pure.
"""

from __future__ import annotations

from xlearning.cluster.site import HOST, RESOURCEMANAGER, Properties, Site


def yarn_site(site: Site) -> Properties:
    """Return the properties of yarn-site.xml."""
    return (
        resourcemanager(site)
        | _scheduling(site)
        | _preemption()
        | _nodemanagers(site)
        | _logs()
        | _labels(site)
    )


def capacity_scheduler(site: Site) -> Properties:
    """Return the properties of capacity-scheduler.xml; no jar has one."""
    return _queues(site) | _queue_labels(site)


def resource_types() -> Properties:
    """Return the properties of resource-types.xml: GPUs are counted, no more."""
    return {"yarn.resource-types": "yarn.io/gpu"}


def resourcemanager(site: Site) -> Properties:
    """Return what concerns the ResourceManager itself: addresses, stores, expiry."""
    prefix = "yarn.resourcemanager."
    keys = {
        "address": "client",
        "scheduler.address": "scheduler",
        "resource-tracker.address": "tracker",
        "admin.address": "admin",
        "webapp.address": "http",
    }
    addresses = {
        prefix + key: site.address(RESOURCEMANAGER, use) for key, use in keys.items()
    }
    store = site.layout.daemon_data(RESOURCEMANAGER)
    return addresses | {
        prefix + "hostname": HOST,
        prefix + "recovery.enabled": "true",
        prefix + "store.class": (
            "org.apache.hadoop.yarn.server.resourcemanager.recovery"
            ".FileSystemRMStateStore"
        ),
        prefix + "fs.state-store.uri": f"file://{store}/state",
        prefix + "work-preserving-recovery.scheduling-wait-ms": "1000",
        prefix + "rm.container-allocation.expiry-interval-ms": "60000",
        prefix + "application-timeouts.monitor.interval-ms": "1000",
        prefix + "connect.retry-interval.ms": "300",
        "yarn.nm.liveness-monitor.expiry-interval-ms": "10000",
        "yarn.am.liveness-monitor.expiry-interval-ms": "15000",
        "yarn.acl.enable": "false",
        "yarn.admin.acl": "*",
        "yarn.node-attribute.fs-store.root-dir": f"file://{store}/attributes",
        # The web pages and Java ApplicationMasters; ours needs no class path.
        "yarn.application.classpath": f"{site.layout.conf},{site.lib}/*",
    }


def _scheduling(site: Site) -> Properties:
    return {
        "yarn.resourcemanager.scheduler.class": (
            "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity"
            ".CapacityScheduler"
        ),
        "yarn.scheduler.minimum-allocation-mb": "64",
        "yarn.scheduler.maximum-allocation-mb": str(site.spec.node_memory_mb),
        "yarn.scheduler.minimum-allocation-vcores": "1",
        "yarn.scheduler.maximum-allocation-vcores": str(site.spec.node_cores),
        "yarn.scheduler.include-port-in-node-name": _boolean(not site.own_host_names),
        "yarn.cluster.max-application-priority": "10",
    }


def _preemption() -> Properties:
    """Return quick preemption; `yarn.resourcemanager.scheduler.monitor.enable`
    (YARN: false) switches it on."""
    prefix = "yarn.resourcemanager.monitor.capacity.preemption."
    return {
        prefix + "monitoring_interval": "300",
        prefix + "max_wait_before_kill": "3000",
        prefix + "total_preemption_per_round": "1.0",
        prefix + "max_ignored_over_capacity": "0",
        prefix + "natural_termination_factor": "1.0",
    }


def _nodemanagers(site: Site) -> Properties:
    prefix = "yarn.nodemanager."
    disks = prefix + "disk-health-checker."
    return {
        prefix + "resource.memory-mb": str(site.spec.node_memory_mb),
        prefix + "resource.cpu-vcores": str(site.spec.node_cores),
        prefix + "resource-type.yarn.io/gpu": str(site.spec.gpus_per_node),
        # "Enforced" means by cgroups, which the default executor has not; true (YARN's
        # default) switches the polling check off and no limit holds at all.
        prefix + "resource.memory.enforced": "false",
        prefix + "pmem-check-enabled": "true",
        # Python and CUDA reserve far more address space than they use.
        prefix + "vmem-check-enabled": "false",
        prefix + "container-monitor.interval-ms": "500",
        # A disk that is 90 % full would make every node unhealthy.
        disks + "max-disk-utilization-per-disk-percentage": "100.0",
        disks + "interval-ms": "10000",
        prefix + "user-home-dir": str(site.layout.container_home),
        prefix + "localizer.cache.target-size-mb": "2048",
        prefix + "recovery.enabled": "true",
        # Containers outlive a NodeManager that is stopped to be started again.
        prefix + "recovery.supervised": "true",
    }


def _logs() -> Properties:
    return {
        "yarn.log-aggregation-enable": "true",
        "yarn.log-aggregation.retain-seconds": "604800",
        "yarn.nodemanager.remote-app-log-dir": "/tmp/logs",
        "yarn.nodemanager.remote-app-log-dir-suffix": "logs",
    }


def _labels(site: Site) -> Properties:
    if not site.spec.labels:
        return {}
    store = site.layout.daemon_data(RESOURCEMANAGER)
    return {
        "yarn.node-labels.enabled": "true",
        "yarn.node-labels.fs-store.root-dir": f"file://{store}/labels",
    }


def _queues(site: Site) -> Properties:
    prefix = "yarn.scheduler.capacity."
    properties = {
        # With a third resource type the RM refuses the default calculator.
        prefix + "resource-calculator": (
            "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator"
        ),
        prefix + "schedule-asynchronously.enable": "false",
        prefix + "per-node-heartbeat.maximum-offswitch-assignments": "100",
        prefix + "node-locality-delay": "0",
        prefix + "rack-locality-additional-delay": "0",
        prefix + "maximum-am-resource-percent": "0.5",
        prefix + "root.queues": ",".join(queue.name for queue in site.spec.queues),
    }
    for queue in site.spec.queues:
        leaf = f"{prefix}root.{queue.name}."
        properties |= {
            leaf + "capacity": f"{queue.capacity:g}",
            leaf + "maximum-capacity": "100",
            leaf + "user-limit-factor": "10",
        }
    return properties


def _queue_labels(site: Site) -> Properties:
    """Return each queue's share of the labelled nodes: as of the others."""
    if not site.spec.labels:
        return {}
    root = "yarn.scheduler.capacity.root."
    names = ",".join(label.name for label in site.spec.labels)
    properties = {}
    for label in site.spec.labels:
        share = f"accessible-node-labels.{label.name}.capacity"
        properties[root + share] = "100"
        for queue in site.spec.queues:
            properties[f"{root}{queue.name}.{share}"] = f"{queue.capacity:g}"
    for queue in site.spec.queues:
        properties[f"{root}{queue.name}.accessible-node-labels"] = names
    return properties


def _boolean(value: bool) -> str:
    return "true" if value else "false"
