"""Hadoop's configuration files as plain mappings.

This is the only reader of Hadoop's XML. It follows `org.apache.hadoop.conf.
Configuration`: later files override earlier ones unless a property was `<final>`, and
`${name}` stands for another property, `${env.NAME}` for an environment variable (with
`:-` and `-` for a default). What the properties mean is asked of the functions in
`xlearning.config.cluster`.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

HADOOP_FILES = ("core-site.xml", "hdfs-site.xml", "yarn-site.xml", "resource-types.xml")

BUILT_IN = {
    "fs.defaultFS": "file:///",
    "hadoop.tmp.dir": "/tmp/hadoop-${user.name}",
    "hadoop.security.authentication": "simple",
    "hadoop.rpc.protection": "authentication",
    "yarn.acl.enable": "false",
    "yarn.admin.acl": "*",
    "yarn.http.policy": "HTTP_ONLY",
    "yarn.resourcemanager.ha.enabled": "false",
    "yarn.resourcemanager.hostname": "0.0.0.0",
    "yarn.resourcemanager.address": "${yarn.resourcemanager.hostname}:8032",
    "yarn.resourcemanager.scheduler.address": "${yarn.resourcemanager.hostname}:8030",
    "yarn.resourcemanager.webapp.address": "${yarn.resourcemanager.hostname}:8088",
    "yarn.resourcemanager.webapp.https.address": (
        "${yarn.resourcemanager.hostname}:8090"
    ),
    "yarn.am.liveness-monitor.expiry-interval-ms": "600000",
    "yarn.nodemanager.remote-app-log-dir": "/tmp/logs",
    "yarn.nodemanager.remote-app-log-dir-suffix": "logs",
    "yarn.log-aggregation-enable": "false",
}
"""The few values of Hadoop's own `*-default.xml` that we need."""

_SUBSTITUTIONS = 20  # Configuration.MAX_SUBST
_VARIABLE = re.compile(r"\$\{([^}$\s]+)\}")
_ENVIRONMENT = re.compile(r"env\.([^:}-]+)(?:(:?-)(.*))?\Z")
_INCLUDE = "{http://www.w3.org/2001/XInclude}include"
_NO_DIRECTORY_HINT = (
    "set HADOOP_CONF_DIR to the folder with core-site.xml and yarn-site.xml, or give "
    "--hadoop-conf DIR; `xl cluster up` starts a Hadoop on this machine"
)


def hadoop_conf_dir(environ: Mapping[str, str], given: str | None = None) -> Path:
    """Find the folder with Hadoop's configuration.

    Args:
        environ: The process's environment.
        given: What the user named on the command line.

    Raises:
        ConfigError: None is named, or what is named is no folder.
    """
    home = environ.get("HADOOP_HOME")
    named = [
        ("--hadoop-conf", given),
        ("HADOOP_CONF_DIR", environ.get("HADOOP_CONF_DIR")),
        ("YARN_CONF_DIR", environ.get("YARN_CONF_DIR")),
        ("HADOOP_HOME", f"{home}/etc/hadoop" if home else None),
    ]
    for name, value in named:
        if not value:
            continue
        if not Path(value).is_dir():
            raise ConfigError(
                f"`{value}`, named by {name}, is not a folder", hint=_NO_DIRECTORY_HINT
            )
        return Path(value)
    raise ConfigError("HADOOP_CONF_DIR is not set", hint=_NO_DIRECTORY_HINT)


def load_hadoop(
    directory: Path,
    environ: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Read all of Hadoop's files in a folder and resolve their variables.

    Args:
        directory: Holds `core-site.xml` and its like; each may be missing.
        environ: For `${env.NAME}` and `${user.name}`.
        overrides: Properties set by the user, which win even over `<final>` ones.

    Raises:
        ConfigError: No file is there, or one cannot be read.
    """
    files = [directory / name for name in HADOOP_FILES]
    present = [path for path in files if path.is_file()]
    if not present:
        raise ConfigError(
            f"there is no core-site.xml and no yarn-site.xml in `{directory}`",
            hint=_NO_DIRECTORY_HINT,
        )
    properties = dict(BUILT_IN)
    final: set[str] = set()
    for path in present:
        for name, (value, is_final) in read_xml(path).items():
            if name not in final:
                properties[name] = value
            if is_final:
                final.add(name)
    properties |= overrides or {}
    return resolve(properties, environ)


def read_xml(path: Path) -> dict[str, tuple[str, bool]]:
    """Read one file: property to its raw value and whether it is final.

    Raises:
        ConfigError: It cannot be read or is no Hadoop configuration.
    """
    try:
        root = ET.fromstring(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read `{path}`: {error.strerror}") from error
    except ET.ParseError as error:
        raise ConfigError(f"`{path}` is not well-formed XML: {error}") from error
    if root.tag != "configuration":
        raise ConfigError(
            f"`{path}` is not a Hadoop configuration: its root is <{root.tag}>",
            hint="the root of such a file is <configuration>",
        )
    found: dict[str, tuple[str, bool]] = {}
    for element in root:
        if element.tag == "property":
            _add_property(found, element, path)
        elif element.tag == _INCLUDE:
            found |= _included(element, path)
    return found


def _included(element: ET.Element, path: Path) -> dict[str, tuple[str, bool]]:
    target = path.parent / element.get("href", "").removeprefix("file://")
    if not target.is_file() and len(element):  # <xi:fallback>
        return {}
    return read_xml(target)


def _add_property(
    found: dict[str, tuple[str, bool]], element: ET.Element, path: Path
) -> None:
    fields = dict(element.attrib)
    fields |= {child.tag: "".join(child.itertext()) for child in element}
    name = fields.get("name", "").strip()
    if not name:
        raise ConfigError(f"a property in `{path}` has no name")
    if "value" not in fields or found.get(name, ("", False))[1]:
        return
    is_final = fields.get("final", "").strip().lower() == "true"
    found[name] = (fields["value"].strip(), is_final)


def resolve(
    properties: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Replace `${name}` in all values; a name that nobody knows stays as it is.

    Raises:
        ConfigError: A value needs more than 20 replacements, Hadoop's limit.
    """
    system = _system_properties(environ)
    known = {**properties, **system}
    return {
        name: _substitute(name, value, known, environ) if "${" in value else value
        for name, value in properties.items()
    }


def _substitute(
    name: str, value: str, known: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    result = value
    for _ in range(_SUBSTITUTIONS):
        match = _VARIABLE.search(result)
        if match is None:
            return result
        replacement = _variable(match[1], known, environ)
        if replacement is None:
            return result
        if match[0] in replacement:  # a circle: Hadoop leaves such a value alone
            return value
        result = result[: match.start()] + replacement + result[match.end() :]
    if _VARIABLE.search(result) is None:
        return result
    raise ConfigError(
        f"the property `{name}` needs more than {_SUBSTITUTIONS} replacements",
        hint="write its value with fewer ${…}",
    )


def _variable(
    name: str, known: Mapping[str, str], environ: Mapping[str, str]
) -> str | None:
    match = _ENVIRONMENT.match(name)
    if match is None:
        return known.get(name)
    variable, operator, default = match.groups()
    value = environ.get(variable)
    if operator is None:
        return value
    missing = value is None or (operator == ":-" and not value)
    return default if missing else value


def _system_properties(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the few properties that a Java process would add by itself."""
    return {
        "user.name": environ.get("HADOOP_USER_NAME") or environ.get("USER", ""),
        "user.home": environ.get("HOME", ""),
        "user.dir": os.getcwd(),
        "java.io.tmpdir": "/tmp",
    }
