"""What YARN's `ContainerLaunch` and the ApplicationMaster put into the environment."""

from __future__ import annotations

import pytest

from xlearning.container.place import Address, read_place
from xlearning.errors import ConfigError

PRESENT = {
    "CONTAINER_ID": "container_1700000000000_0001_01_000002",
    "NM_HOST": "n1",
    "NM_PORT": "8041",
    "LOG_DIRS": "/d1/logs/c2,/d2/logs/c2",
    "HADOOP_TOKEN_FILE_LOCATION": "/d1/work/container_tokens",
    "XL_AM_ADDRESS": "n2:40123",
    "XL_STAGING_URL": "hdfs://nn/user/alice/.xlearning/staging/a1",
}


def test_a_place_is_read() -> None:
    place = read_place(PRESENT)
    assert place.container_id == "container_1700000000000_0001_01_000002"
    assert (place.host, place.node) == ("n1", "n1:8041")
    assert place.log_dirs == ("/d1/logs/c2", "/d2/logs/c2")
    assert place.master == Address("n2", 40123)
    assert place.staging_url.startswith("hdfs://nn/")


@pytest.mark.parametrize(
    "name",
    ["CONTAINER_ID", "NM_HOST", "LOG_DIRS", "HADOOP_TOKEN_FILE_LOCATION"],
)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"`{name}` is not set"):
        read_place({**PRESENT, name: ""})


@pytest.mark.parametrize("text", ["n2", "n2:", ":1", "n2:port"])
def test_an_address_is_host_and_port(text: str) -> None:
    with pytest.raises(ConfigError, match="not host:port"):
        read_place({**PRESENT, "XL_AM_ADDRESS": text})


def test_an_address_in_grpcs_form() -> None:
    assert str(Address("n1", 5)) == "n1:5"
    assert str(read_place({**PRESENT, "XL_AM_ADDRESS": "[::1]:5"}).master) == "[::1]:5"
