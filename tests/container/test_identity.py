"""The container's credentials, as a file that Hadoop's classes write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.container.stand_in import hadoop_credentials
from tests.container.test_place import PRESENT
from xlearning.container.identity import read_identity
from xlearning.container.place import read_place
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.container.place import Place

SECRETS = {
    "xlearning.agent.certificate": b"certificate",
    "xlearning.agent.key": b"key",
    "xlearning.ca.certificate": b"authority",
    "xlearning.tasks.secret": b"5ec7e7",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A container with a token file."""
    path = tmp_path / "container_tokens"
    return read_place({**PRESENT, "HADOOP_TOKEN_FILE_LOCATION": str(path)})


def test_an_identity_is_read(place: Place, tmp_path: Path) -> None:
    (tmp_path / "container_tokens").write_bytes(hadoop_credentials(SECRETS))
    identity = read_identity(place, 7)
    assert identity.certificate == b"certificate"
    assert (identity.key, identity.authority) == (b"key", b"authority")
    assert identity.tasks_secret == b"5ec7e7"
    assert identity.hello.hello.pid == 7


def test_what_the_credentials_lack_is_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "container_tokens").write_bytes(hadoop_credentials({}))
    with pytest.raises(ConfigError, match=r"lack 'xlearning\.agent\.certificate'"):
        read_identity(place, 7)


def test_a_missing_file_is_named(place: Place) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_identity(place, 7)
