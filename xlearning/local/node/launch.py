"""Makes a container's folders and writes what it is started with. Blocks, briefly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xlearning.hadoop.credentials import Credentials
from xlearning.local.node.environment import container_environment
from xlearning.local.node.launch_script import launch_script, session_script
from xlearning.local.node.layout import FOLDER_MODE
from xlearning.local.node.protocol import Order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.local.node.aggregation import LogOwner
    from xlearning.local.node.environment import LocalizationCounters
    from xlearning.local.node.layout import ContainerLayout
    from xlearning.local.node.spec import ContainerStart, NodeOptions


def make_folders(layout: ContainerLayout) -> None:
    """Make the container's folders; nobody else's program may look into them.

    Raises:
        OSError: The disk is full, or somebody else's.
    """
    for folder in (layout.work.parent, layout.logs.parent):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
    for folder in (layout.work, layout.work / "tmp", layout.logs):
        folder.mkdir(exist_ok=True)
        folder.chmod(FOLDER_MODE)
    layout.private.mkdir(parents=True, exist_ok=True)
    layout.private.chmod(0o700)


def note_owner(owner_file: Path, owner: LogOwner) -> None:
    """Write down whose logs they are, once for an application."""
    if not owner_file.exists():
        _write(owner_file, owner.to_json().encode(), 0o600)


def prepare(
    start: ContainerStart,
    layout: ContainerLayout,
    host: str,
    options: NodeOptions,
    localized: tuple[Mapping[Path, str], LocalizationCounters],
) -> Order:
    """Write scripts and tokens, and return the order that starts the container.

    Raises:
        OSError: The disk is full.
    """
    links, counters = localized
    environment = container_environment(start, layout, host, options, counters)
    script = launch_script(
        layout, environment, links, start.context.command, options.debug_information
    )
    tokens = start.context.credentials or Credentials().to_bytes()
    _write(layout.tokens, tokens, 0o600)
    _write(layout.launch_script, script.encode("utf-8", "surrogateescape"), 0o700)
    _write(layout.session_script, session_script(layout).encode(), 0o700)
    return Order(
        command=["/bin/bash", str(layout.session_script)],
        environment=environment.outer,
        folder=str(layout.work),
        errors=str(layout.executor_errors),
        kill_delay_s=options.sigkill_delay_s,
        keep_in=str(layout.private),
        patience_s=options.patience_s,
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
