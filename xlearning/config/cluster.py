"""What Hadoop's properties say about a cluster: addresses and file systems. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_RM = "yarn.resourcemanager"


def is_true(properties: Mapping[str, str], name: str) -> bool:
    """Say whether a boolean property is on; only `true` is."""
    return properties.get(name, "").strip().lower() == "true"


def default_fs(properties: Mapping[str, str]) -> str:
    """Return `fs.defaultFS` without a trailing slash, e.g. `hdfs://nn:8020`.

    Raises:
        ConfigError: It has no scheme.
    """
    value = properties.get("fs.defaultFS") or properties.get("fs.default.name", "")
    if not urlsplit(value).scheme:
        raise ConfigError(
            f"`fs.defaultFS` is `{value}`, which is not a file system",
            hint="it is set in core-site.xml, e.g. hdfs://namenode:8020",
        )
    return value if value == "file:///" else value.rstrip("/")


def is_secured(properties: Mapping[str, str]) -> bool:
    """Say whether the cluster asks for Kerberos."""
    method = properties.get("hadoop.security.authentication", "simple")
    return method.strip().lower() != "simple"


def rm_web_addresses(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the URLs of the ResourceManagers' REST, e.g. `http://rm1:8088`."""
    if properties.get("yarn.http.policy", "").strip().upper() == "HTTPS_ONLY":
        return tuple(
            f"https://{address}"
            for address in _rm_addresses(properties, "webapp.https.address", 8090)
        )
    return tuple(
        f"http://{address}"
        for address in _rm_addresses(properties, "webapp.address", 8088)
    )


def am_max_attempts(properties: Mapping[str, str]) -> int:
    """Return how often YARN starts an ApplicationMaster at most.

    More than that counts as the cluster's default (`RMAppImpl`); where nothing says
    what that is, it is Hadoop's own, 2.
    """
    for name in (f"{_RM}.am.global.max-attempts", f"{_RM}.am.max-attempts"):
        value = properties.get(name, "").strip()
        if value.isdecimal() and int(value) > 0:
            return int(value)
    return 2


def rm_scheduler_addresses(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return `host:port` of the ApplicationMasterProtocol of every ResourceManager."""
    return _rm_addresses(properties, "scheduler.address", 8030)


def rm_client_addresses(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return `host:port` of the client protocol, by which users know a cluster."""
    return _rm_addresses(properties, "address", 8032)


def rm_ids(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the ResourceManagers of a highly available pair, or none."""
    if not is_true(properties, f"{_RM}.ha.enabled"):
        return ()
    ids = properties.get(f"{_RM}.ha.rm-ids", "").split(",")
    return tuple(rm_id.strip() for rm_id in ids if rm_id.strip())


def _rm_addresses(
    properties: Mapping[str, str], suffix: str, port: int
) -> tuple[str, ...]:
    ids = rm_ids(properties)
    if not ids:
        host = properties.get(f"{_RM}.hostname", "0.0.0.0")
        given = properties.get(f"{_RM}.{suffix}", f"{host}:{port}")
        return (_with_port(given, port),)
    return tuple(_ha_address(properties, suffix, port, rm_id) for rm_id in ids)


def _ha_address(
    properties: Mapping[str, str], suffix: str, port: int, rm_id: str
) -> str:
    given = properties.get(f"{_RM}.{suffix}.{rm_id}")
    host = properties.get(f"{_RM}.hostname.{rm_id}")
    if given:
        return _with_port(given, port)
    if host:
        return f"{host}:{port}"
    raise ConfigError(
        f"the ResourceManager `{rm_id}` has no address",
        hint=f"set {_RM}.hostname.{rm_id} in yarn-site.xml",
    )


def _with_port(address: str, port: int) -> str:
    return address if ":" in address else f"{address}:{port}"
