"""Hbox's spellings, as far as they differ from XLearning's. Pure.

Hbox is what became of XLearning: the same keys under another prefix, some options and
variables under other names, and the program at the end of the command line. Keys that
differ in more than the prefix have their Hbox name in the key table; here is what one
name alone does not say.
"""

from __future__ import annotations

PREFIX = "hbox."
SITE_FILE = "hbox-site.xml"
CONF_DIR = "HBOX_CONF_DIR"
"""The variable that names the folder of the site file."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "launch-cmd": ("hbox-cmd", "hboxCmd"),
    "am-memory": ("driver-memory", "driverMemory"),
    "am-cores": ("driver-cores", "driverCores"),
    "worker-gpus": ("workerGpus",),
    "ps-gpus": ("psGpus",),
    "archive-files": ("archiveFiles",),
}
"""Our option to Hbox's names for it."""

S3: dict[str, str] = {
    "hbox.s3.cluster": "fs.s3a.endpoint",
    "hbox.s3.key.access": "fs.s3a.access.key",
    "hbox.s3.key.secret": "fs.s3a.secret.key",
}
"""Hbox's keys of an S3 to Hadoop's. Its endpoints speak HTTP unless they say more."""

SEVERAL: dict[str, tuple[str, ...]] = {
    "hbox.job.labelname": (
        "xlearning.am.nodeLabelExpression",
        "xlearning.worker.nodeLabelExpression",
        "xlearning.ps.nodeLabelExpression",
    ),
}
"""Keys that stand for several of ours."""

SWITCHES: dict[str, tuple[str, str]] = {
    "hbox.input.stream": ("xlearning.input.strategy", "STREAM"),
    "hbox.out.stream": ("xlearning.output.strategy", "STREAM"),
}
"""Keys that, when true, stand for a value of one of ours."""

VARIABLES: dict[str, str] = {
    "HBOX_APP_TYPE": "XLEARNING_APP_TYPE",
    "HBOX_CONTAIENR_GPU_NUM": "GPU_NUM",  # so spelt there
    "HBOX_CONTAINER_LOG_DIR": "LOG_DIRS",
    "HBOX_OUTPUT_INDEX": "XLEARNING_OUTPUT_WORKER_INDEX",
    "INDEX": "TF_INDEX",
    "INPUT_PATH": "XLEARNING_INPUT_PATH",
}
"""Hbox's variable of a program to ours with the same value."""


def spelt_out(name: str, text: str) -> list[tuple[str, str]]:
    """Return a key and its value as one or several of ours.

    Args:
        name: The key as it was written.
        text: The value as it was written.
    """
    if name in SEVERAL:
        return [(ours, text) for ours in SEVERAL[name]]
    if name in S3:
        endpoint = name == "hbox.s3.cluster" and "://" not in text
        return [(S3[name], f"http://{text}" if endpoint and text else text)]
    if name in SWITCHES:
        return [SWITCHES[name]] if text.strip().lower() == "true" else []
    return [(name, text)]


def with_aliases(variables: dict[str, str]) -> dict[str, str]:
    """Return a program's variables with Hbox's names for those that have one."""
    aliases = {
        theirs: variables[ours]
        for theirs, ours in VARIABLES.items()
        if ours in variables
    }
    return {**aliases, **variables}
