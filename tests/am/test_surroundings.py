"""What YARN and the client left, read from variables and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.am.surroundings import Surroundings
from xlearning.errors import ConfigError
from xlearning.hadoop.credentials import Credentials

if TYPE_CHECKING:
    from pathlib import Path

CONTAINER = "container_e02_1700000000000_0001_03_000001"


@pytest.fixture
def container(
    given: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Make a working directory as YARN leaves it, and go there."""
    (tmp_path / "tokens").write_bytes(given.credentials.to_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HADOOP_TOKEN_FILE_LOCATION", str(tmp_path / "tokens"))
    monkeypatch.setenv("CONTAINER_ID", CONTAINER)
    monkeypatch.setenv("NM_HOST", "nm1")
    monkeypatch.setenv("LOG_DIRS", f"{tmp_path},/elsewhere")
    monkeypatch.setenv("APPLICATION_WEB_PROXY_BASE", "/proxy/application_1_0001")
    return tmp_path


def test_everything_is_read(container: Path, given: Surroundings) -> None:
    found = Surroundings.of_this_process()
    assert found.spec == given.spec
    assert found.attempt == 3
    assert found.host == "nm1"
    assert found.log_dir == container
    assert found.proxy_base == "/proxy/application_1_0001"
    assert found.secret == bytes(32)


@pytest.mark.parametrize("name", ["NM_HOST", "CONTAINER_ID", "LOG_DIRS"])
def test_outside_of_yarn_the_user_is_told(
    container: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match=name) as caught:
        Surroundings.of_this_process()
    assert (
        caught.value.hint == "the ApplicationMaster is started by YARN: use xl-submit"
    )


def test_a_missing_file_is_named(container: Path) -> None:
    (container / "tokens").unlink()
    with pytest.raises(ConfigError, match="tokens"):
        Surroundings.of_this_process()


def test_a_client_that_handed_nothing_over_is_refused(container: Path) -> None:
    (container / "tokens").write_bytes(Credentials({}, {}).to_bytes())
    with pytest.raises(ConfigError, match=r"xlearning\.job\.spec"):
        Surroundings.of_this_process()


def test_without_tokens_nothing_begins(given: Surroundings) -> None:
    bare = Surroundings(
        **{**vars(given), "credentials": Credentials({}, {})},
    )
    with pytest.raises(ConfigError, match="YARN_AM_RM_TOKEN"):
        bare.resource_manager()


def test_the_proxy_is_the_resourcemanager_unless_there_is_another(
    given: Surroundings,
) -> None:
    assert given.proxy_url == "http://127.0.0.1:8088"
    assert given.proxy_addresses() == {"127.0.0.1"}
    own = {**given.hadoop, "yarn.web-proxy.address": "127.0.0.9:9099"}
    other = Surroundings(**{**vars(given), "hadoop": own})
    assert other.proxy_url == "http://127.0.0.9:9099"
    assert other.proxy_addresses() == {"127.0.0.9"}


def test_a_proxy_without_an_address_lets_nobody_in(given: Surroundings) -> None:
    own = {"yarn.web-proxy.address": "no-such-host.invalid:9099"}
    other = Surroundings(**{**vars(given), "hadoop": own})
    assert other.proxy_addresses() == frozenset()


def test_acls_count_where_yarn_checks_them(given: Surroundings) -> None:
    assert not given.acl_enabled
    on = {**given.hadoop, "yarn.acl.enable": "true"}
    assert Surroundings(**{**vars(given), "hadoop": on}).acl_enabled
