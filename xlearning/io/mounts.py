"""Mount tables of ViewFS, as hdfs-native wants them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.uris import split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TABLE = "default"
"""The table of `viewfs:///` (`Constants.CONFIG_VIEWFS_DEFAULT_MOUNT_TABLE`)."""
_NOWHERE = "/.not-mounted"


def with_fallback(properties: Mapping[str, str], table: str) -> dict[str, str]:
    """Return the properties with a place for paths that no link of a table covers.

    hdfs-native refuses a table without `linkFallback`, which Hadoop does not ask for;
    it gets one that is not there, so that such paths are not found.

    Raises:
        ConfigError: The table has no links.
    """
    prefix = f"fs.viewfs.mounttable.{table}."
    fallback = f"{prefix}linkFallback"
    links = {n: v for n, v in properties.items() if n.startswith(f"{prefix}link./")}
    if fallback in properties:
        return dict(properties)
    if not links:
        raise ConfigError(
            f"`viewfs://{table}` is not in Hadoop's configuration",
            hint=f"its links are properties like {prefix}link./data",
        )
    return {**properties, fallback: split_url(links[min(links)]).root + _NOWHERE}
