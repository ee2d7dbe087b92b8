"""Paths with `#`: where data is, and what it is called in a container. Pure."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io import globs, uris
from xlearning.job.environment import ENVIRONMENT_LINK, RUNTIME_LINK, SOURCE_LINK
from xlearning.job.spec import InputSpec, OutputSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_INPUT = "input"
RESERVED_LINKS = frozenset(
    {
        ENVIRONMENT_LINK,
        RUNTIME_LINK,
        SOURCE_LINK,
        "container_tokens",
        "default_container_executor.sh",
        "default_container_executor_session.sh",
        "launch_container.sh",
        "tmp",
    }
)
"""Names in a working directory that are ours or YARN's."""

_COMMA_OUTSIDE_BRACES = re.compile(r",(?![^{}]*\})")


def split_link(text: str, option: str) -> tuple[str, str]:
    """Split `path#link`; the link is "" when there is none.

    Raises:
        ConfigError: There is more than one `#`, or no path.
    """
    path, mark, link = text.partition("#")
    if "#" in link or not path.strip():
        raise ConfigError(
            f"`{option} {text}` has not the form path#name",
            hint="one `#` at most, with a path before it",
        )
    if mark and not link.strip():
        raise ConfigError(f"`{option} {text}` names nothing after its `#`")
    return path.strip(), link.strip()


def qualify(path: str, default_fs: str, user: str, option: str) -> str:
    """Return the full URL of a path as Hadoop's `FileSystem.makeQualified` does.

    Raises:
        ConfigError: Its file system is not supported yet.
    """
    scheme = uris.split_url(path).scheme
    if scheme and scheme not in uris.SCHEMES:
        raise ConfigError(
            f"not supported yet: `{scheme}://` in `{option} {path}`",
            hint="what there is: " + ", ".join(f"{name}://" for name in uris.SCHEMES),
        )
    return uris.qualify(path, default_fs, f"/user/{user}")


def local_name(text: str, option: str) -> str:
    """Return a name in the working directory, normalised.

    Raises:
        ConfigError: It leads out of the working directory, or is that itself.
    """
    name = posixpath.normpath(text)
    if name.startswith(("/", "../")) or name in (".", ".."):
        raise ConfigError(
            f"`{text}` in `{option}` is not a name below the working directory",
            hint="give a relative path without `..`, e.g. `data`",
        )
    if name.partition("/")[0] in RESERVED_LINKS:
        raise ConfigError(f"`{text}` in `{option}` is a reserved name")
    return name


def split_paths(text: str) -> tuple[str, ...]:
    """Split at commas, but not at those in the braces of a glob."""
    parts = (part.strip() for part in _COMMA_OUTSIDE_BRACES.split(text))
    return tuple(part for part in parts if part)


def input_specs(
    mappings: Iterable[str], default_fs: str, user: str
) -> tuple[InputSpec, ...]:
    """Read the values of `--input`; those with one local name are joined.

    Raises:
        ConfigError: One has not the form `path[,path…][#dir]`.
    """
    by_alias: dict[str, list[str]] = {}
    for mapping in mappings:
        paths, link = split_link(mapping, "--input")
        alias = local_name(link or DEFAULT_INPUT, f"--input {mapping}")
        present = by_alias.setdefault(alias, [])
        for path in split_paths(paths):
            url = qualify(path, default_fs, user, "--input")
            if url not in present:
                present.append(url)
    return tuple(InputSpec(alias, tuple(urls)) for alias, urls in by_alias.items())


def output_specs(
    mappings: Iterable[str], default_local: str, default_fs: str, user: str
) -> tuple[OutputSpec, ...]:
    """Read the values of `--output`.

    Raises:
        ConfigError: One has not the form `path[#dir]`, or two have one destination.
    """
    found: list[OutputSpec] = []
    for mapping in mappings:
        path, link = split_link(mapping, "--output")
        local = local_name(link or default_local, f"--output {mapping}")
        spec = OutputSpec(qualify(path, default_fs, user, "--output"), local)
        if spec in found:
            continue
        for other in found:
            _refuse_overlap(spec.url, other.url)
        found.append(spec)
    return tuple(found)


def refuse_overlap(inputs: Iterable[InputSpec], outputs: Iterable[OutputSpec]) -> None:
    """Refuse an output that is, or lies in, an input, and the reverse.

    The next run would train on what this one wrote.

    Raises:
        ConfigError: There is one.
    """
    for given in inputs:
        for path in given.paths:
            for output in outputs:
                if _overlap(path, output.url):
                    raise ConfigError(
                        f"the output `{output.url}` and the input `{path}` lie in "
                        "each other",
                        hint="give another --output, beside the input",
                    )


def _overlap(pattern: str, url: str) -> bool:
    """Say whether a path is above or below something that a pattern matches."""
    given, other = uris.split_url(pattern), uris.split_url(url)
    if given.root != other.root:
        return False
    parts = other.path.strip("/").split("/")
    return any(
        all(
            globs.compile_part(wanted).fullmatch(part)
            for wanted, part in zip(path.strip("/").split("/"), parts, strict=False)
            if wanted and part
        )
        for path in globs.expand_alternatives(given.path)
    )


def _refuse_overlap(one: str, other: str) -> None:
    shorter, longer = sorted((one, other), key=len)
    if one == other:
        raise ConfigError(
            f"`--output {one}` is given for two local folders",
            hint="give each its own destination",
        )
    if longer.startswith(f"{shorter}/"):
        raise ConfigError(
            f"the output `{longer}` lies in the output `{shorter}`",
            hint="give outputs that do not lie in each other",
        )
