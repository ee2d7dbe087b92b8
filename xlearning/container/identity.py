"""Reads who the agent is from the container's credentials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.container.connection import Identity
from xlearning.container.messages import hello
from xlearning.errors import ConfigError
from xlearning.hadoop.credentials import Credentials
from xlearning.job.environment import (
    AGENT_CERTIFICATE,
    AGENT_KEY,
    CA_CERTIFICATE,
    TASKS_SECRET,
)

if TYPE_CHECKING:
    from xlearning.container.place import Place


def read_identity(place: Place, pid: int) -> Identity:
    """Read the container's certificate, its key and whom to believe.

    Raises:
        ConfigError: The credentials cannot be read, or lack one of them.
    """
    path = Path(place.token_file)
    try:
        secrets = Credentials.from_bytes(path.read_bytes()).secrets
        return Identity(
            hello=hello(place, pid),
            certificate=secrets[AGENT_CERTIFICATE],
            key=secrets[AGENT_KEY],
            authority=secrets[CA_CERTIFICATE],
            tasks_secret=secrets[TASKS_SECRET],
        )
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ConfigError(f"the container's credentials lack {error}") from error
