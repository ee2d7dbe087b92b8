from __future__ import annotations

import pytest

from xlearning.config.cluster import (
    default_fs,
    is_secured,
    is_true,
    rm_client_addresses,
    rm_ids,
    rm_scheduler_addresses,
    rm_web_addresses,
)
from xlearning.config.site import BUILT_IN, resolve
from xlearning.errors import ConfigError

HA = {
    "yarn.resourcemanager.ha.enabled": "true",
    "yarn.resourcemanager.ha.rm-ids": "rm1, rm2",
    "yarn.resourcemanager.hostname.rm1": "a",
    "yarn.resourcemanager.webapp.address.rm2": "b:9088",
    "yarn.resourcemanager.scheduler.address.rm2": "b",
}


def test_one_resource_manager_by_its_host_name() -> None:
    found = resolve({**BUILT_IN, "yarn.resourcemanager.hostname": "rm"}, {})
    assert rm_web_addresses(found) == ("http://rm:8088",)
    assert rm_scheduler_addresses(found) == ("rm:8030",)
    assert rm_client_addresses(found) == ("rm:8032",)


def test_https_when_the_policy_says_so() -> None:
    found = resolve({**BUILT_IN, "yarn.http.policy": "HTTPS_ONLY"}, {})
    assert rm_web_addresses(found) == ("https://0.0.0.0:8090",)


def test_two_resource_managers() -> None:
    assert rm_ids(HA) == ("rm1", "rm2")
    assert rm_web_addresses(HA) == ("http://a:8088", "http://b:9088")
    assert rm_scheduler_addresses(HA) == ("a:8030", "b:8030")


def test_ids_do_not_count_when_there_is_one_resource_manager() -> None:
    assert rm_ids({**HA, "yarn.resourcemanager.ha.enabled": "false"}) == ()


def test_a_resource_manager_without_an_address_is_named() -> None:
    with pytest.raises(ConfigError, match="`rm2` has no address"):
        rm_client_addresses(HA)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("hdfs://nn:8020", "hdfs://nn:8020"),
        ("hdfs://nn:8020/", "hdfs://nn:8020"),
        ("file:///", "file:///"),
    ],
)
def test_the_default_file_system(given: str, expected: str) -> None:
    assert default_fs({"fs.defaultFS": given}) == expected


def test_its_old_name_counts_too_and_nonsense_does_not() -> None:
    assert default_fs({"fs.default.name": "hdfs://nn"}) == "hdfs://nn"
    with pytest.raises(ConfigError, match="not a file system"):
        default_fs({"fs.defaultFS": "nn"})


def test_booleans_and_security() -> None:
    assert is_true({"a": " TRUE "}, "a")
    assert not is_true({"a": "yes"}, "a")
    assert is_secured({"hadoop.security.authentication": "kerberos"})
    assert not is_secured({})
