from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.site_files import (
    CAPACITY,
    CORE,
    HDFS,
    MAPRED,
    RESOURCE_TYPES,
    YARN,
    daemon_properties,
    file_of,
    site_files,
    to_xml,
)
from xlearning.cluster.spec import ClusterSpec
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.cluster.site import Site


@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("hadoop.rpc.protection", CORE),
        ("fs.trash.interval", CORE),
        ("dfs.replication", HDFS),
        ("yarn.acl.enable", YARN),
        ("yarn.scheduler.minimum-allocation-mb", YARN),
        ("yarn.scheduler.capacity.root.dev.state", CAPACITY),
        ("yarn.resource-types.yarn.io/gpu.units", RESOURCE_TYPES),
        ("mapreduce.job.reduces", MAPRED),
    ],
)
def test_a_property_goes_to_the_file_that_hadoop_reads_it_from(
    site_of: Callable[[ClusterSpec], Site], key: str, file: str
) -> None:
    files = site_files(site_of(ClusterSpec(conf={key: "mine"})))
    assert file_of(key) == file
    assert files[file][key] == "mine"


@pytest.mark.parametrize(
    "key",
    [
        "fs.defaultFS",
        "yarn.resourcemanager.address",
        "yarn.resourcemanager.hostname",
        "yarn.nodemanager.local-dirs",
        "dfs.datanode.address",
    ],
)
def test_what_holds_the_cluster_together_is_not_for_the_user(
    site_of: Callable[[ClusterSpec], Site], key: str
) -> None:
    with pytest.raises(ConfigError, match="set by the cluster itself"):
        site_files(site_of(ClusterSpec(conf={key: "mine"})))


def test_every_key_stands_in_the_file_that_it_belongs_to(site: Site) -> None:
    for name, properties in site_files(site).items():
        assert {file_of(key) for key in properties} == {name}


def test_daemons_of_a_kind_share_neither_address_nor_folder(site: Site) -> None:
    given = [daemon_properties(site, name) for name in site.spec.daemons]
    values = [
        value
        for properties in given
        for key, value in properties.items()
        if not key.endswith("hostname")
    ]
    assert len(set(values)) == len(values)


def test_the_files_are_xml_that_says_the_same() -> None:
    properties = {"b": "<&>", "a": "π"}
    root = ET.fromstring(to_xml(properties))
    read = {p.findtext("name"): p.findtext("value") for p in root.iter("property")}
    assert read == properties
