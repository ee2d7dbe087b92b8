from __future__ import annotations

from pathlib import Path

import pytest

from xlearning.config.cluster import rm_scheduler_addresses, rm_web_addresses
from xlearning.errors import ConfigError
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.local import site
from xlearning.local.home import LocalSpec

PORTS = {"web": 1, "scheduler": 2, "client": 3}


def test_nodes_have_addresses_of_their_own() -> None:
    assert [site.node_host(n) for n in (1, 255, 256)] == [
        "127.0.0.1",
        "127.0.0.255",
        "127.0.1.0",
    ]


def test_labels() -> None:
    assert site.node_labels(LocalSpec(labels=("gpu=2,3",))) == {
        2: ("gpu",),
        3: ("gpu",),
    }
    with pytest.raises(ConfigError, match="labels no node"):
        site.node_labels(LocalSpec(labels=("gpu",)))


def test_clients_find_the_servers() -> None:
    files = site.site_files(LocalSpec(conf={"a": "b"}), PORTS, Path("/home"))
    hadoop = files["core-site.xml"] | files["yarn-site.xml"]
    assert rm_web_addresses(hadoop) == ("http://127.0.0.1:1",)
    assert rm_scheduler_addresses(hadoop) == ("127.0.0.1:2",)
    assert hadoop["xlearning.local.hdfs.root"] == "/home/hdfs"
    assert hadoop["a"] == "b"


def test_protections() -> None:
    given = {"hadoop.rpc.protection": "privacy, authentication"}
    assert site.protections(given) == (Protection.PRIVACY, Protection.AUTHENTICATION)
    with pytest.raises(ConfigError, match="cannot be 'none'"):
        site.protections({"hadoop.rpc.protection": "none"})


def test_settings_that_are_no_numbers() -> None:
    spec = LocalSpec(conf={"yarn.resourcemanager.am.max-attempts": "many"})
    with pytest.raises(ConfigError, match="is no number: many"):
        site.rm_settings(spec, 1, 1, 0)


def test_how_nodes_behave() -> None:
    prefix = "yarn.nodemanager."
    options = site.node_options(
        {
            prefix + "sleep-delay-before-sigkill.ms": "1500",
            prefix + "resource.memory.enforced": "false",
            prefix + "localizer.cache.target-size-mb": "7",
            prefix + "localizer.cache.cleanup.interval-ms": "2000",
        }
    )
    assert (options.sigkill_delay_s, options.memory_enforced) == (1.5, True)
    assert (options.cache_target_mb, options.cache_interval_s) == (7, 2.0)
    assert site.node_options({}).memory_enforced is False


def test_heartbeats_are_paced_as_configured() -> None:
    key = "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms"
    spec = LocalSpec(conf={key: "1000"})
    assert site.rm_settings(spec, 1, 1, 0).heartbeat_ms == 1000
    assert site.rm_settings(LocalSpec(), 1, 1, 0).heartbeat_ms == 20


def test_nodes_have_a_limit() -> None:
    assert site.node_host(257) == "127.0.1.1"
    with pytest.raises(ConfigError, match="there is no node 0"):
        site.node_host(0)
