"""How a cluster is written on a command line: `4g`, `prod:30`, `gpu=nm2,nm3`.

Pure: text in, parts of a `ClusterSpec` out.
"""

from __future__ import annotations

import re

from xlearning.cluster.spec import NodeLabel, Queue
from xlearning.errors import ConfigError

_MEMORY = re.compile(r"(\d+)\s*([mgt]?)(?:i?b)?", re.IGNORECASE)
_MEMORY_UNITS = {"": 1, "m": 1, "g": 1024, "t": 1024 * 1024}
_LABEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)(?:\(exclusive=(true|false)\))?")
_NODE = re.compile(r"nm([1-9]\d*)")


def parse_memory_mb(text: str) -> int:
    """Return MiB from `4g`, `512m`, `4096` (MiB); a bare number is MiB.

    Raises:
        ConfigError: The text is no amount of memory.
    """
    match = _MEMORY.fullmatch(text.strip())
    if not match:
        raise ConfigError(
            f"`{text}` is not an amount of memory", hint="write `4g` or `4096m`"
        )
    return int(match[1]) * _MEMORY_UNITS[match[2].lower()]


def parse_queues(text: str) -> tuple[Queue, ...]:
    """Return the queues of `default,prod,dev` or `default:40,prod:30,dev:30`.

    Without shares, all get the same; what does not divide goes to the first.

    Raises:
        ConfigError: A share is no number, or only some queues have one.
    """
    pairs = [part.strip().partition(":") for part in text.split(",")]
    given = [share for _, colon, share in pairs if colon]
    if not given:
        equal = 100 // len(pairs)
        first = 100 - equal * (len(pairs) - 1)
        shares = [float(first)] + [float(equal)] * (len(pairs) - 1)
        return tuple(
            Queue(name, share)
            for (name, _, _), share in zip(pairs, shares, strict=True)
        )
    if len(given) < len(pairs):
        raise ConfigError(
            "queues: give a share to all of them or to none",
            hint="for example `default:40,prod:30,dev:30`",
        )
    try:
        return tuple(Queue(name, float(share)) for name, _, share in pairs)
    except ValueError as error:
        raise ConfigError(f"queues: a share in `{text}` is not a number") from error


def parse_label(text: str) -> NodeLabel:
    """Return the label of `gpu=nm2,nm3` or `gpu(exclusive=false)=nm2`.

    Raises:
        ConfigError: The text has another form.
    """
    name, _, nodes = text.rpartition("=")
    match = _LABEL.fullmatch(name.strip())
    numbers = [_NODE.fullmatch(node.strip()) for node in nodes.split(",")]
    if not match or not all(numbers):
        raise ConfigError(
            f"`{text}` is not a node label with its nodes",
            hint="for example `--labels gpu=nm2,nm3`",
        )
    return NodeLabel(
        name=match[1],
        nodes=tuple(int(number[1]) for number in numbers if number),
        exclusive=match[2] != "false",
    )


def parse_conf(texts: tuple[str, ...]) -> dict[str, str]:
    """Return the properties of `key=value` texts; the last of a key counts.

    Raises:
        ConfigError: A text has no `=` or no key.
    """
    conf: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"`{text}` is not a property",
                hint="for example `--conf dfs.replication=2`",
            )
        conf[key.strip()] = value
    return conf
