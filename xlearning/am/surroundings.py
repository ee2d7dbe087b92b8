"""What YARN and the client left for the ApplicationMaster: variables and credentials.

Nothing is read from HDFS before registering, and nothing has to be localised: the job
and Hadoop's properties travel in the credentials (`xlearning.job.handover`).
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.config.cluster import is_true, rm_scheduler_addresses, rm_web_addresses
from xlearning.errors import ConfigError
from xlearning.hadoop.application_master import ApplicationMasterProtocol
from xlearning.hadoop.credentials import AMRM_TOKEN_KIND, Credentials
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.rpc.failover import Address
from xlearning.io.storage import Storages
from xlearning.job.handover import unpack
from xlearning.job.spec import encode_spec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from xlearning.job.spec import JobSpec


@dataclass(frozen=True)
class Surroundings:
    """Where an attempt of the ApplicationMaster runs and what it was given.

    Attributes:
        job: The job, as JSON.
        spec: The same, read.
        hadoop: The resolved Hadoop properties.
        secret: The job secret.
        credentials: The content of the container's token file.
        container_id: Our own container.
        host: The node's name, as others know it.
        log_dir: Our log folder.
        proxy_base: Path of our page behind YARN's proxy, without a slash at its end.
    """

    job: bytes
    spec: JobSpec
    hadoop: Mapping[str, str]
    secret: bytes
    credentials: Credentials
    container_id: ContainerId
    host: str
    log_dir: Path
    proxy_base: str

    @classmethod
    def of_this_process(cls) -> Self:
        """Read everything from the environment and the token file.

        Raises:
            ConfigError: This is no container of YARN, or something in it is missing.
        """
        tokens = _read(Path(_variable("HADOOP_TOKEN_FILE_LOCATION")))
        credentials = Credentials.from_bytes(tokens)
        spec, hadoop, secret = unpack(credentials.secrets)
        base = f"/proxy/{spec.application_id}"
        return cls(
            job=encode_spec(spec),
            spec=spec,
            hadoop=hadoop,
            secret=secret,
            credentials=credentials,
            container_id=ContainerId.parse(_variable("CONTAINER_ID")),
            host=_variable("NM_HOST"),
            log_dir=Path(_variable("LOG_DIRS").split(",")[0]),
            proxy_base=os.environ.get("APPLICATION_WEB_PROXY_BASE", base),
        )

    @property
    def attempt(self) -> int:
        """Number of this attempt, from 1."""
        return self.container_id.attempt_id.attempt

    @cached_property
    def storages(self) -> Storages:
        """The file systems, for all that the attempt does there."""
        return Storages(self.hadoop, self.spec.user)

    def resource_manager(self) -> ApplicationMasterProtocol:
        """Return the protocol to the ResourceManagers, not connected yet.

        Raises:
            ConfigError: The token file holds no token for it.
        """
        token = self.credentials.token_of_kind(AMRM_TOKEN_KIND)
        if token is None:
            raise ConfigError(f"the credentials hold no {AMRM_TOKEN_KIND}")
        addresses = [Address.parse(a) for a in rm_scheduler_addresses(self.hadoop)]
        return ApplicationMasterProtocol(addresses, token)

    @property
    def proxy_url(self) -> str:
        """`http://host:port` of YARN's proxy, as far as the configuration says."""
        own = self.hadoop.get("yarn.web-proxy.address", "")
        return f"http://{own}" if own else rm_web_addresses(self.hadoop)[0]

    @property
    def acl_enabled(self) -> bool:
        """Whether YARN checks ACLs."""
        return is_true(self.hadoop, "yarn.acl.enable")

    def proxy_addresses(self) -> frozenset[str]:
        """Return the IP addresses that the proxy may come from; looks names up."""
        own = self.hadoop.get("yarn.web-proxy.address", "")
        urls = [f"http://{own}"] if own else list(rm_web_addresses(self.hadoop))
        return frozenset(
            address for url in urls for address in _addresses(_host_of(url))
        )


def _host_of(url: str) -> str:
    return url.partition("//")[2].rpartition(":")[0]


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(entry[4][0]) for entry in found]


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(
            f"the variable {name} is not set",
            hint="the ApplicationMaster is started by YARN: use xl-submit",
        )
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"`{path}` cannot be read: {error.strerror}",
            hint="the ApplicationMaster is started by YARN: use xl-submit",
        ) from error
