"""Hadoop's paths: scheme, authority and a path that is never percent-decoded.

`org.apache.hadoop.fs.Path` takes what users write as it is: `%20`, `#` and `?` are
plain characters of a file name. So `urllib.parse` is not used here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from xlearning.errors import ConfigError

OBJECT_STORES = ("s3", "s3a", "gs", "abfs", "abfss")
"""Those without folders. Of these, S3's alone have been tried."""
SCHEMES = ("hdfs", "viewfs", "webhdfs", "swebhdfs", "file", *OBJECT_STORES)
"""The file systems that there are."""

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>/.*|\Z)", re.DOTALL)


class Location(NamedTuple):
    """Where a file is.

    Attributes:
        scheme: In small letters, `""` when not given.
        authority: Host and port, or a name service; `""` when not given.
        path: Absolute when a scheme is given; without `.`, `..` and doubled slashes.
    """

    scheme: str
    authority: str
    path: str

    @property
    def root(self) -> str:
        """The file system without a path: `hdfs://nn:8020`, `file://`."""
        return f"{self.scheme}://{self.authority}" if self.scheme else ""

    @property
    def url(self) -> str:
        """The whole as text."""
        return self.root + self.path


def split_url(url: str) -> Location:
    """Take a path or URL apart.

    `file:/a`, as Java writes it, is the same as `file:///a`. A colon without a slash
    behind it belongs to the path.

    Raises:
        ConfigError: `url` is empty.
    """
    if not url:
        raise ConfigError("a path is empty")
    match = _URL.match(url)
    if match is None:
        return Location("", "", normalise(url))
    scheme, rest = match["scheme"].lower(), match["rest"]
    if not rest.startswith("//"):
        return Location(scheme, "", normalise(rest or "/"))
    authority, slash, path = rest[2:].partition("/")
    return Location(scheme, authority, normalise(slash + path or "/"))


def qualify(url: str, default_fs: str, working_directory: str = "/") -> str:
    """Return `url` with scheme and authority, absolute.

    An authority that is missing is that of `default_fs` where the schemes are the same.
    Elsewhere none is added: whoever opens the file system knows what that means.

    Args:
        url: A path or URL, relative to the working directory when it has no root.
        default_fs: `fs.defaultFS`, with a scheme.
        working_directory: Path on the default file system; Hadoop's is the user's home.
    """
    given, default = split_url(url), split_url(default_fs)
    if not given.scheme:
        return default._replace(path=join(working_directory, given.path)).url
    if given.authority or given.scheme != default.scheme:
        return given.url
    return given._replace(authority=default.authority).url


def join(parent: str, *names: str) -> str:
    """Put names below a path or URL; an absolute name replaces the path."""
    location = split_url(parent)
    for name in names:
        path = name if name.startswith("/") else f"{location.path}/{name}"
        location = location._replace(path=normalise(path))
    return location.url


def parent(url: str) -> str:
    """Return the folder that holds `url`; the root is its own parent."""
    location = split_url(url)
    return location._replace(path=location.path.rpartition("/")[0] or "/").url


def base_name(url: str) -> str:
    """Return the last part of a path or URL, `""` for the root."""
    return split_url(url).path.rpartition("/")[2]


def relative_to(path: str, root: str) -> str:
    """Return what of `path` is below `root`, `""` when they are the same.

    Raises:
        ValueError: `path` is not below `root`.
    """
    inner, outer = split_url(path), split_url(root)
    if inner == outer:
        return ""
    prefix = outer.url.rstrip("/") + "/"
    if not inner.url.startswith(prefix):
        raise ValueError(f"`{path}` is not below `{root}`")
    return inner.url.removeprefix(prefix)


def normalise(path: str) -> str:
    """Remove doubled slashes, `.` and `..`; keep whether the path is absolute.

    `..` above the root stays at the root; at the start of a relative path it is kept.
    """
    absolute = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts and parts[-1] != "..":
            parts.pop()
        elif not absolute:
            parts.append(part)
    joined = "/".join(parts)
    return f"/{joined}" if absolute else joined or "."
