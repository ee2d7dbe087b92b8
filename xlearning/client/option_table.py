"""Every option of `xl-submit`: XLearning's, its GPU branch's and ours. Pure.

An option has a dashed name and often a camelCase one; both are taken with one dash or
two, as XLearning did. One that stands for a key of the settings is only handed on: its
type, default and meaning are in the key table.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from xlearning.job import hbox


class Arity(StrEnum):
    """How many words belong to an option."""

    FLAG = "flag"
    """None."""
    VALUE = "value"
    """One; when the option is repeated, the first counts."""
    REPEATED = "repeated"
    """One; repeated ones add up."""
    LIST = "list"
    """One with commas; repeated ones add up."""
    MAPPING = "mapping"
    """One, and the words with `#` that follow; repeated ones add up."""
    CONF = "conf"
    """One, and the words with `=` that follow; repeated ones add up."""


class Option(msgspec.Struct, frozen=True):
    """One option.

    Attributes:
        name: The dashed name, without dashes in front.
        other: Other names: camelCase, the GPU branch's; Hbox's are in `job.hbox`.
        arity: How many words belong to it.
        metavar: What the help shows for its value.
        help: One line; "" to show the key's.
        key: The setting that it stands for, "" for none.
    """

    name: str
    other: tuple[str, ...] = ()
    arity: Arity = Arity.VALUE
    metavar: str = "TEXT"
    help: str = ""
    key: str = ""


def _setting(name: str, other: str, key: str, metavar: str, help_: str = "") -> Option:
    names = tuple(other.split())
    return Option(name, names, Arity.VALUE, metavar, help_, f"xlearning.{key}")


_APPLICATION = (
    Option("app-name", ("appName",), help="name of the job [XLearning-<epoch ms>]"),
    Option(
        "app-type",
        ("appType",),
        metavar="TYPE",
        help="tensorflow, pytorch …: see `xl frameworks`; any other word: independent "
        "processes [XLEARNING]",
    ),
    Option(
        "launch-cmd",
        ("launchCmd",),
        metavar="COMMAND",
        help="the program, in POSIX words and without a shell; or put it at the end",
    ),
    _setting("queue", "", "app.queue", "NAME"),
    _setting("priority", "", "app.priority", "NAME|N"),
    Option("user", metavar="NAME", help="submit as [HADOOP_USER_NAME, else you]"),
)

_SIZE = (
    _setting("worker-num", "workerNum", "worker.num", "N"),
    _setting("worker-memory", "workerMemory", "worker.memory", "SIZE"),
    _setting("worker-cores", "workerCores", "worker.cores", "N"),
    _setting(
        "worker-gpus",
        "worker-gcores workerGcores",
        "worker.gcores",
        "N",
    ),
    _setting("chiefworker-memory", "chiefWorkerMemory", "chief.worker.memory", "SIZE"),
    _setting(
        "evaluatorworker-memory",
        "evaluatorWorkerMemory",
        "evaluator.worker.memory",
        "SIZE",
    ),
    _setting("ps-num", "psNum", "ps.num", "N"),
    _setting("ps-memory", "psMemory", "ps.memory", "SIZE"),
    _setting("ps-cores", "psCores", "ps.cores", "N"),
    _setting("ps-gpus", "ps-gcores psGcores", "ps.gcores", "N"),
    _setting("nproc-per-container", "nprocPerContainer", "container.processes", "N"),
    Option(
        "role",
        arity=Arity.REPEATED,
        metavar="NAME:FIELD=VALUE,…",
        help="any role: num, memory, cores, gpus, label, cmd, env=NAME=VALUE, files, "
        "cache-files, cache-archives, python-env, environment, ports, service, "
        "placement, attribute; its num counts this role alone",
    ),
    Option(
        "spread",
        arity=Arity.LIST,
        metavar="ROLES",
        help="roles whose containers are wanted on as many nodes as there are",
    ),
    Option(
        "pack",
        arity=Arity.LIST,
        metavar="ROLES",
        help="roles whose containers are wanted on as few nodes as can be",
    ),
    Option(
        "exclusive",
        arity=Arity.LIST,
        metavar="ROLES",
        help="roles whose containers share a node with no other placed role",
    ),
    _setting(
        "am-memory",
        "amMemory",
        "am.memory",
        "SIZE",
        "memory of the ApplicationMaster",
    ),
    _setting(
        "am-cores",
        "amCores",
        "am.cores",
        "N",
        "cores of the ApplicationMaster",
    ),
)

_FILES = (
    Option(
        "files",
        arity=Arity.LIST,
        metavar="PATHS",
        help="local files for the working directory of every container",
    ),
    Option(
        "archive-files",
        arity=Arity.LIST,
        metavar="PATH[#LINK],…",
        help="local archives, unpacked into the folder LINK",
    ),
    Option(
        "cacheFile",
        ("cache-file",),
        arity=Arity.LIST,
        metavar="PATH[#LINK],…",
        help="files or folders on HDFS for the same",
    ),
    Option(
        "cacheArchive",
        ("cache-archive",),
        arity=Arity.LIST,
        metavar="PATH[#LINK],…",
        help="archives on HDFS, unpacked into the folder LINK",
    ),
    Option(
        "jars",
        arity=Arity.LIST,
        metavar="PATHS",
        help="local or HDFS jars, for the program's CLASSPATH",
    ),
    Option(
        "env",
        ("environment",),
        metavar="FILE|DIR",
        help="Python environment of the program: requirements.txt, environment.yml, "
        "pyproject.toml or a virtual environment; built once, sent once",
    ),
    Option(
        "python-env",
        ("pythonEnv",),
        metavar="FOLDER",
        help="an unpacked --cacheArchive with a Python environment, to be activated",
    ),
    Option(
        "source-dir",
        ("sourceDir",),
        metavar="DIR|git+URL@REV",
        help="the program's sources, sent as one archive when they have changed",
    ),
    Option(
        "user-path",
        ("userPath",),
        metavar="PATHS",
        help="folders for the program's PATH",
    ),
    Option(
        "user-ldlibrarypath",
        ("userLDLIBRARYPATH",),
        metavar="PATHS",
        help="folders for the program's LD_LIBRARY_PATH",
    ),
    _setting(
        "user-classpath-first",
        "userClasspathFirst",
        "user.classpath.first",
        "true|false",
    ),
)

_DATA = (
    Option(
        "input",
        arity=Arity.MAPPING,
        metavar="PATHS[#DIR]",
        help="files on HDFS, or with s3://, gs://, abfs://, viewfs://, webhdfs:// "
        "elsewhere, that the workers share, in the local DIR [input]",
    ),
    Option(
        "output",
        arity=Arity.MAPPING,
        metavar="PATH[#DIR]",
        help="where the local DIR goes at the end; must not exist [output]",
    ),
    Option(
        "s3input",
        arity=Arity.MAPPING,
        metavar="BUCKET/KEY[#DIR]",
        help="the same as --input s3://BUCKET/KEY",
    ),
    Option(
        "s3output",
        arity=Arity.MAPPING,
        metavar="BUCKET/KEY[#DIR]",
        help="the same as --output s3://BUCKET/KEY",
    ),
    _setting("input-strategy", "inputStrategy", "input.strategy", "WORD"),
    _setting("output-strategy", "outputStrategy", "output.strategy", "WORD"),
    _setting("input-hidden", "inputHidden", "input.hidden", "true|false"),
    _setting("few-files", "fewFiles", "input.few.files", "WORD"),
    _setting("input-cache", "inputCache", "input.cache", "true|false"),
    _setting("flat-input", "flatInput", "input.flat", "true|false"),
    _setting("isRenameInputFile", "", "inputfile.rename", "true|false"),
    _setting("output-index", "outputIndex", "output.index", "N"),
    _setting("output-overwrite", "outputOverwrite", "output.overwrite", "true|false"),
    _setting("output-layout", "outputLayout", "output.layout", "WORD"),
    Option(
        "restore",
        metavar="last|PATH",
        help="begin with what a save has: the newest of the output, or the one at PATH",
    ),
    _setting("save-every", "saveEvery", "interresult.save.every", "MS"),
    _setting("save-keep", "saveKeep", "interresult.keep", "N"),
    _setting("save-inc", "saveInc", "interresult.save.inc", "true|false"),
    _setting("stream-epoch", "streamEpoch", "stream.epoch", "N"),
    _setting("inputformat", "inputFormatClass", "inputformat.class", "CLASS"),
    _setting(
        "inputformat-shuffle",
        "inputformatShuffle",
        "input.stream.shuffle",
        "true|false",
    ),
    _setting("outputformat", "outputFormatClass", "outputformat.class", "CLASS"),
)

_FRAMEWORK = (
    _setting("tf-evaluator", "tfEvaluator", "tf.evaluator", "true|false"),
    _setting("board-enable", "boardEnable", "tf.board.enable", "true|false"),
    _setting("board-index", "boardIndex", "tf.board.worker.index", "N"),
    _setting("board-logdir", "boardLogDir", "tf.board.log.dir", "DIR"),
    _setting("board-historydir", "boardHistoryDir", "tf.board.history.dir", "PATH"),
    _setting(
        "board-reloadinterval", "boardReloadInterval", "tf.board.reload.interval", "N"
    ),
    _setting("board-modelpb", "boardModelPB", "board.modelpb", "PATH"),
    _setting("board-cacheTimeout", "boardCacheTimeout", "board.cache.timeout", "N"),
    _setting("container-type", "containerType", "container.type", "WORD"),
    _setting("docker-image", "dockerImage", "docker.image", "IMAGE"),
)

_CLIENT = (
    Option(
        "job-file",
        ("f", "jobFile"),
        metavar="FILE",
        help="a job in YAML (`xl schema`); options of the line win over it",
    ),
    Option(
        "conf",
        arity=Arity.CONF,
        metavar="KEY=VALUE",
        help="any setting, ours or Hadoop's; wins over all others",
    ),
    Option(
        "conf-dir",
        metavar="DIR",
        help="folder with xlearning-site.xml [XLEARNING_CONF_DIR]",
    ),
    Option(
        "hadoop-conf",
        metavar="DIR",
        help="folder with core-site.xml, yarn-site.xml [HADOOP_CONF_DIR]",
    ),
    Option(
        "master",
        metavar="yarn|local",
        help="local: this machine alone, without Hadoop; started when needed [yarn]",
    ),
    Option(
        "local-gpus",
        ("localGpus",),
        metavar="N",
        help="with --master local: GPUs to pretend [those found]",
    ),
    _setting("runtime", "", "runtime", "WORD"),
    Option("detach", arity=Arity.FLAG, help="leave as soon as the job is accepted"),
    Option("dry-run", ("dryRun",), arity=Arity.FLAG, help="print the plan, do nothing"),
    Option("json", arity=Arity.FLAG, help="print data as JSON on stdout"),
    Option("help", ("h",), arity=Arity.FLAG, help="print this text"),
    Option("version", arity=Arity.FLAG, help="print the version"),
)

SECTIONS: dict[str, tuple[Option, ...]] = {
    "Application": _APPLICATION,
    "Size": _SIZE,
    "Files and paths": _FILES,
    "Input and output": _DATA,
    "Frameworks": _FRAMEWORK,
    "Client": _CLIENT,
}
"""The options in the order and under the titles of the help."""

OPTIONS: dict[str, Option] = {
    spelling: option
    for section in SECTIONS.values()
    for option in section
    for spelling in (option.name, *option.other, *hbox.OPTIONS.get(option.name, ()))
}
"""Every spelling, without dashes in front, to its option."""
