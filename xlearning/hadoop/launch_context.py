"""What a container is started with, and what YARN does to its text. Pure.

The NodeManager writes a bash script: `export K="v"` for every variable, then
`exec /bin/bash -c "<command>"`, both within double quotes, after replacing `{{` by `$`,
`}}` by nothing, `<LOG_DIR>` and `<CPS>` (`ContainerLaunch` of the NodeManager). The
functions here turn literal text into text that comes out of this unchanged.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from xlearning.errors import LocalProtocolError
from xlearning.hadoop.proto import yarn_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOG_DIR = "<LOG_DIR>"
"""Becomes the container's log folder, in commands and in variables."""

_LIVE_IN_DOUBLE_QUOTES = re.compile(r'[\\"$`]')
_MARKER_STARTS = re.compile(
    r"\{(?=\{)|\}(?=\})|<LOG(?=_DIR>)|<C(?=PS>)|<ADD(?=_OPENS>)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def environment_value(text: str) -> str:
    """Return `text` so that a container's variable gets it literally."""
    return _break_markers(_in_double_quotes(text), '""')


def command_line(
    words: Sequence[str], *, stdout: str | None = None, stderr: str | None = None
) -> str:
    """Return the command that runs `words` literally in place of the shell.

    It begins with `exec`: else the container ends with its outer shell while the
    program still runs, and YARN hands its GPU on.

    Args:
        words: The program and its arguments.
        stdout: File in the container's log folder that gets standard output.
        stderr: The same for standard error.
    """
    quoted = (_break_markers(shlex.quote(word), "''") for word in words)
    command = "exec " + _in_double_quotes(" ".join(quoted))
    for number, name in ((1, stdout), (2, stderr)):
        if name is not None:
            command += f" {number}>{LOG_DIR}/{name}"
    return command


def _in_double_quotes(text: str) -> str:
    return _LIVE_IN_DOUBLE_QUOTES.sub(lambda match: "\\" + match[0], text)


def _break_markers(text: str, nothing: str) -> str:
    """Put an empty quotation into every marker that YARN would replace."""
    return _MARKER_STARTS.sub(lambda match: match[0] + nothing, text)


class LocalResourceType(StrEnum):
    """How a file is put into the container; an archive is unpacked by its suffix."""

    ARCHIVE = "ARCHIVE"
    FILE = "FILE"
    PATTERN = "PATTERN"


class LocalResourceVisibility(StrEnum):
    """Who shares the node's copy of a file."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    APPLICATION = "APPLICATION"


@dataclass(frozen=True, slots=True)
class LocalResource:
    """A file that YARN brings to the node.

    Attributes:
        url: Where it is, percent-encoded.
        size: In bytes.
        timestamp_ms: Must be the file's modification time, else the start fails.
        type: FILE or ARCHIVE.
        visibility: PUBLIC needs a file that everybody can read.
    """

    url: str
    size: int
    timestamp_ms: int
    type: LocalResourceType = LocalResourceType.FILE
    visibility: LocalResourceVisibility = LocalResourceVisibility.APPLICATION

    @classmethod
    def from_proto(cls, message: yarn_pb2.LocalResourceProto) -> LocalResource:
        """Read a message."""
        return cls(
            url=_url_text(message.resource),
            size=message.size,
            timestamp_ms=message.timestamp,
            type=LocalResourceType(yarn_pb2.LocalResourceTypeProto.Name(message.type)),
            visibility=LocalResourceVisibility(
                yarn_pb2.LocalResourceVisibilityProto.Name(message.visibility)
            ),
        )

    def to_proto(self) -> yarn_pb2.LocalResourceProto:
        """Return it as a message."""
        return yarn_pb2.LocalResourceProto(
            resource=_url_message(self.url),
            size=self.size,
            timestamp=self.timestamp_ms,
            type=self.type.value,
            visibility=self.visibility.value,
        )


def _url_message(url: str) -> yarn_pb2.URLProto:
    parts = urlsplit(url)
    # A port that is absent must be -1: Hadoop takes 0 literally.
    message = yarn_pb2.URLProto(port=-1 if parts.port is None else parts.port)
    if parts.scheme:
        message.scheme = parts.scheme
    if parts.hostname:
        # `hostname` is in lower case; a name service of HDFS need not be.
        message.host = parts.netloc.rpartition("@")[2].partition(":")[0]
    if parts.username:
        message.userInfo = parts.netloc.rpartition("@")[0]
    message.file = unquote(parts.path)
    return message


def _url_text(message: yarn_pb2.URLProto) -> str:
    user = f"{message.userInfo}@" if message.userInfo else ""
    port = f":{message.port}" if message.port > 0 else ""
    scheme = f"{message.scheme}://" if message.scheme else ""
    return f"{scheme}{user}{message.host}{port}{quote(message.file)}"


@dataclass(frozen=True, slots=True)
class ContainerLaunchContext:
    """What a NodeManager starts a container with.

    Attributes:
        command: As `command_line` gives it.
        environment: Variables; values as `environment_value` gives them.
        local_resources: Files by the name of their link in the working folder. One
            file can have one link only.
        credentials: A token file's bytes (`credentials.Credentials.to_bytes`), without
            the ApplicationMaster's own token; b"" for none.
        acls: `VIEW_APP` and `MODIFY_APP` to YARN's user and group lists; wanted by the
            node's log pages.
    """

    command: str
    environment: Mapping[str, str] = field(default_factory=dict)
    local_resources: Mapping[str, LocalResource] = field(default_factory=dict)
    credentials: bytes = field(default=b"", repr=False)
    acls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_proto(
        cls, message: yarn_pb2.ContainerLaunchContextProto
    ) -> ContainerLaunchContext:
        """Read a message."""
        acls = {
            _access_name(each.accessType): each.acl for each in message.application_ACLs
        }
        return cls(
            command=" ".join(message.command),
            environment={each.key: each.value for each in message.environment},
            local_resources={
                each.key: LocalResource.from_proto(each.value)
                for each in message.localResources
            },
            credentials=message.tokens,
            acls=acls,
        )

    def to_proto(self) -> yarn_pb2.ContainerLaunchContextProto:
        """Return it as a message.

        Raises:
            LocalProtocolError: A variable's name would break the launch script.
        """
        message = yarn_pb2.ContainerLaunchContextProto(command=[self.command])
        for name, value in self.environment.items():
            if not _NAME.match(name):
                raise LocalProtocolError(f"`{name}` cannot be a variable's name")
            message.environment.add(key=name, value=value)
        for link, resource in self.local_resources.items():
            message.localResources.add(key=link, value=resource.to_proto())
        for name, acl in self.acls.items():
            access = yarn_pb2.ApplicationAccessTypeProto.Value(f"APPACCESS_{name}")
            message.application_ACLs.add(accessType=access, acl=acl)
        if self.credentials:
            message.tokens = self.credentials
        return message


def _access_name(access: int) -> str:
    name = yarn_pb2.ApplicationAccessTypeProto.Name(access)
    return name.removeprefix("APPACCESS_")
