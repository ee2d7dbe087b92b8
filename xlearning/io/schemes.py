"""Which file system a scheme stands for; each is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.uris import OBJECT_STORES, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.storage import Storage
    from xlearning.io.uris import Location

MAPPED_ROOT = "xlearning.local.hdfs.root"
"""The local folder that `hdfs:///` stands for where there is no HDFS."""


def open_storage(
    location: Location, properties: Mapping[str, str], user: str | None
) -> Storage:
    """Return the file system that a qualified location is on.

    Raises:
        ConfigError: Its scheme is not supported, or it does not say which one it is on.
    """
    match location.scheme:
        case "file":
            from xlearning.io.local_storage import LocalStorage

            return LocalStorage()
        case "hdfs" if not location.authority and MAPPED_ROOT in properties:
            from xlearning.io.mapped_storage import MappedStorage

            return MappedStorage(properties[MAPPED_ROOT])
        case "hdfs" if location.authority:
            from xlearning.io.hdfs_storage import HdfsStorage

            return HdfsStorage(location.root, properties, user)
        case "viewfs":
            from xlearning.io.hdfs_storage import HdfsStorage
            from xlearning.io.mounts import DEFAULT_TABLE, with_fallback

            table = location.authority or DEFAULT_TABLE
            mounted = with_fallback(properties, table)
            return HdfsStorage(f"viewfs://{table}", mounted, user)
        case "webhdfs" | "swebhdfs" if location.authority:
            from xlearning.io.webhdfs_storage import WebHdfsStorage

            return WebHdfsStorage(location.root, properties, user)
        case scheme if scheme in OBJECT_STORES and location.authority:
            from xlearning.io.object_storage import ObjectStorage
            from xlearning.io.object_stores import open_store

            store = open_store(scheme, location.authority, properties)
            return ObjectStorage(location.root, store)
        case scheme if scheme in SCHEMES:
            raise ConfigError(
                f"`{location.url}` does not say which {scheme} it is on",
                hint=f"write {scheme}://HOST{location.path}; "
                f"fs.defaultFS is {properties.get('fs.defaultFS', 'file:///')}",
            )
        case scheme:
            raise ConfigError(
                f"`{scheme}` of `{location.url}` is not a supported file system",
                hint="supported are " + ", ".join(f"{each}://" for each in SCHEMES),
            )
