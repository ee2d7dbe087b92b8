"""What the client hands to the ApplicationMaster, as secrets of YARN's credentials.

A file of its own for each would be the ordinary way; but YARN's localizer needs 0.3 s
for two small files, and to close them on HDFS costs half a second more. Credentials
reach the ApplicationMaster's container with its tokens, readable for nobody else, so
that properties that open a file system (the keys of an S3) may travel in them too.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.errors import ConfigError
from xlearning.job.environment import HADOOP_PROPERTIES, JOB_SECRET, JOB_SPEC
from xlearning.job.spec import JobSpec, decode_spec, encode_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_BYTES = 256 << 10
"""Most that is handed over, packed. The ResourceManager keeps a submission in its state
store, where ZooKeeper takes 1 MiB (`yarn.resourcemanager.zk-max-znode-size.bytes`)."""

_SENSITIVE = re.compile(
    r"(?i)password|secret$|secret.?key|access.?key|private.?key|account\.key|"
    r"keystore\.pass|truststore\.pass|credential$|oauth.*token"
)
"""Names of properties that hold secrets, after Hadoop's ConfigRedactor."""
_FILE_SYSTEM = "fs."


class Handover(NamedTuple):
    """What the ApplicationMaster begins with.

    Attributes:
        job: The whole job.
        hadoop: Hadoop's properties, resolved.
        secret: What the job's certificates derive from.
    """

    job: JobSpec
    hadoop: Mapping[str, str]
    secret: bytes


def pack(handover: Handover) -> dict[str, bytes]:
    """Return a handover as secrets by alias.

    Passwords stay behind, but for those of file systems, which the job needs.

    Raises:
        ConfigError: It is too large.
    """
    properties = _needed(handover.hadoop)
    packed = {
        JOB_SPEC: zlib.compress(encode_spec(handover.job)),
        HADOOP_PROPERTIES: zlib.compress(msgspec.json.encode(properties)),
        JOB_SECRET: handover.secret,
    }
    size = sum(map(len, packed.values()))
    if size > LIMIT_BYTES:
        raise ConfigError(
            f"the job's description has {size} bytes, more than {LIMIT_BYTES}",
            hint="name folders or globs in place of many paths, and put long values "
            "of variables into a file",
        )
    return packed


def unpack(secrets: Mapping[str, bytes]) -> Handover:
    """Read what was packed.

    Raises:
        ConfigError: A part is missing or cannot be read.
    """
    for alias in (JOB_SPEC, HADOOP_PROPERTIES, JOB_SECRET):
        if alias not in secrets:
            raise ConfigError(f"the credentials hold no `{alias}`")
    try:
        job = decode_spec(zlib.decompress(secrets[JOB_SPEC]))
        hadoop = msgspec.json.decode(
            zlib.decompress(secrets[HADOOP_PROPERTIES]), type=dict[str, str]
        )
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"what the client handed over cannot be read: {error}",
            hint="client and ApplicationMaster are of one version",
        ) from error
    return Handover(job, hadoop, secrets[JOB_SECRET])


def _needed(properties: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(properties.items())
        if name.startswith(_FILE_SYSTEM) or not _SENSITIVE.search(name)
    }
