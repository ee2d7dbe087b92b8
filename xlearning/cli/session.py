"""Who calls, and the cluster that the call is about.

Every command that talks to a cluster opens one `Session`; what it holds is imported
when it is first used, because some commands end before.
"""

from __future__ import annotations

import os
import pwd
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.config.cluster import rm_client_addresses, rm_web_addresses
from xlearning.config.load import (
    SITE_FILE,
    Entry,
    Settings,
    load_settings,
    read_site,
)
from xlearning.config.site import hadoop_conf_dir, load_hadoop
from xlearning.errors import ConfigError
from xlearning.io.s3_options import from_environment
from xlearning.job.hbox import CONF_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storages


def submitting_user(environ: Mapping[str, str], given: str = "") -> str:
    """Return the user to act as: given, HADOOP_USER_NAME, or the process's.

    XLearning took `$USER`, which says little in cron jobs, containers and after `su`.
    """
    named = given or environ.get("HADOOP_USER_NAME", "").strip()
    if named:
        return named
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def start_local(gpus: str) -> str:
    """Start the YARN of this machine if it does not run; return its configuration.

    Args:
        gpus: How many to pretend, "" for those found.

    Raises:
        XLearningError: It could not be started, or runs with other GPUs.
    """
    from xlearning.local.home import Home, default_home
    from xlearning.local.starting import machine_spec, running, start

    if gpus and not gpus.isdecimal():
        raise ConfigError(f"`--local-gpus {gpus}` is no number")
    home = Home(default_home().absolute())
    wanted = int(gpus) if gpus else None
    server = running(home) or start(home, machine_spec(gpus=wanted))
    if wanted not in (None, server.spec.gpus):
        raise ConfigError(
            f"the local cluster runs with {server.spec.gpus} GPUs",
            hint="`xl local down` ends it; it is started again as it is needed",
        )
    return str(home.conf_dir)


class Session:
    """One command's view of the configuration and the cluster."""

    def __init__(
        self,
        *,
        layers: Iterable[Iterable[Entry]] = (),
        conf_dir: str = "",
        hadoop_conf: str = "",
        user: str = "",
    ) -> None:
        """Read nothing yet.

        Args:
            layers: Settings of the command line, later ones winning.
            conf_dir: Folder of our site file; "" for XLEARNING_CONF_DIR.
            hadoop_conf: Folder of Hadoop's files; "" for HADOOP_CONF_DIR.
            user: Whom to act as; "" for whoever calls.
        """
        self._layers = tuple(layers)
        self._conf_dir = conf_dir
        self._hadoop_conf = hadoop_conf
        self.user = submitting_user(os.environ, user)

    @cached_property
    def settings(self) -> Settings:
        """All settings.

        Raises:
            ConfigError: A file or a value cannot be used.
        """
        places = {
            "--conf-dir": self._conf_dir,
            "XLEARNING_CONF_DIR": os.environ.get("XLEARNING_CONF_DIR", ""),
            CONF_DIR: os.environ.get(CONF_DIR, ""),
        }
        origin, named = next((each for each in places.items() if each[1]), ("", ""))
        if named and not Path(named).is_dir():
            raise ConfigError(
                f"`{named}`, named by {origin}, is not a folder",
                hint=f"it is the folder with {SITE_FILE}",
            )
        site = read_site(Path(named) if named else None, os.environ)
        return load_settings(site, *self._layers)

    @cached_property
    def hadoop(self) -> dict[str, str]:
        """Hadoop's properties, resolved, with those of our settings over them.

        What they do not say about S3, the variables of AWS may.

        Raises:
            ConfigError: No folder with them is named, or a file cannot be read.
        """
        folder = hadoop_conf_dir(os.environ, self._hadoop_conf)
        hadoop = load_hadoop(folder, os.environ, self.settings.hadoop)
        return {**from_environment(os.environ), **hadoop}

    @cached_property
    def rest(self) -> ResourceManagerRest:
        """The ResourceManager, as the user."""
        from xlearning.hadoop.rest import ResourceManagerRest, SimpleAuthentication

        return ResourceManagerRest(
            rm_web_addresses(self.hadoop), SimpleAuthentication(self.user)
        )

    @cached_property
    def storages(self) -> Storages:
        """The file systems, as the user."""
        from xlearning.io.storage import Storages

        return Storages(self.hadoop, self.user)

    @property
    def address(self) -> str:
        """The cluster as users know it: `host:port` of its ResourceManagers."""
        return ", ".join(rm_client_addresses(self.hadoop))
