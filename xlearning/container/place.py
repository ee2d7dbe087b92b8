"""Where an agent finds itself: what YARN and the ApplicationMaster put into its
environment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.job import environment as names

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Address:
    """Where an ApplicationMaster listens.

    Attributes:
        host: Its node.
        port: Its gRPC port.
        attempt: Which attempt it is, 0 when that is not known.
    """

    host: str
    port: int
    attempt: int = 0

    def __str__(self) -> str:
        """Return gRPC's form."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Place:
    """One container, seen from inside.

    Attributes:
        container_id: YARN's id.
        host: The name under which others reach this node.
        node: Host and port of the NodeManager: several may share a machine.
        log_dirs: The container's log folders; the first holds stdout and stderr.
        token_file: The container's credentials.
        master: Where the ApplicationMaster listened when the container was started.
        staging_url: The job's folder, "" when none was given.
    """

    container_id: str
    host: str
    node: str
    log_dirs: tuple[str, ...]
    token_file: str
    master: Address
    staging_url: str


def read_place(environment: Mapping[str, str]) -> Place:
    """Read what `ContainerLaunch` and the ApplicationMaster have set.

    Raises:
        ConfigError: A variable is missing or cannot be read.
    """
    host = _required(environment, "NM_HOST")
    log_dirs = _required(environment, "LOG_DIRS").split(",")
    return Place(
        container_id=_required(environment, "CONTAINER_ID"),
        host=host,
        node=f"{host}:{environment.get('NM_PORT', '')}",
        log_dirs=tuple(folder for folder in log_dirs if folder),
        token_file=_required(environment, "HADOOP_TOKEN_FILE_LOCATION"),
        master=_address(_required(environment, names.AM_ADDRESS)),
        staging_url=environment.get(names.STAGING_URL, ""),
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigError(
            f"`{name}` is not set",
            hint="this program is started by the ApplicationMaster in a YARN container",
        )
    return value


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError(f"`{names.AM_ADDRESS}` is `{text}`, not host:port")
    return Address(host.strip("[]"), int(port))
