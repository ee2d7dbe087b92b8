"""The keys of data, boards and what is not supported yet. Pure."""

from __future__ import annotations

from xlearning.config.key import (
    Key,
    KeyType,
    boolean,
    choice,
    integer,
    no_effect,
    refused,
    text,
)
from xlearning.config.keys_saves import SAVES

_BOARD = "not supported yet: boards"
_HISTORY = "for the history server"
_MPI = "Open MPI is found on xlearning.container.env.PATH and LD_LIBRARY_PATH"
_HOROVOD = "Horovod is told by xlearning.container.env."
_DOCKER = "containers of Docker"

DATA: tuple[Key, ...] = (
    choice(
        "xlearning.input.strategy",
        ("DOWNLOAD", "PLACEHOLDER", "STREAM"),
        "how input reaches the programs: as files, as the files' URLs, or as records "
        "on their stdin",
    ),
    boolean(
        "xlearning.input.placeholder.whole",
        False,
        "PLACEHOLDER: tell every program all files, not only its share",
        "hbox.placeholder.whole.enable",
    ),
    choice(
        "xlearning.output.strategy",
        ("UPLOAD", "STREAM"),
        "how output leaves them: local folders are uploaded, or stdout is written as "
        "records",
    ),
    choice(
        "xlearning.input.balance",
        ("bytes", "count"),
        "files are shared out by their size, or by number in XLearning's round robin",
    ),
    boolean(
        "xlearning.input.hidden",
        False,
        "take files whose names start with `.` or `_` too, as XLearning did",
    ),
    choice(
        "xlearning.input.few.files",
        ("keep", "lower", "fail"),
        "with fewer files than workers: run all, lower the workers to the files as "
        "XLearning did, or refuse",
    ),
    boolean(
        "xlearning.input.cache",
        False,
        "YARN fetches input, once per node, and keeps it for the user's next jobs",
    ),
    boolean(
        "xlearning.input.locality",
        True,
        "ask for containers on the hosts where the input is, and hand it out so",
    ),
    boolean(
        "xlearning.input.flat",
        False,
        "drop the folders below an input path, as XLearning did",
    ),
    boolean(
        "xlearning.inputfile.rename",
        False,
        "name downloaded files `<epoch ms>_<n>`",
    ),
    choice(
        "xlearning.output.layout",
        ("container", "task"),
        "below an output: `<container id>/` as XLearning, or `<role>-<index>/`",
    ),
    integer(
        "xlearning.output.index", -1, "only this worker uploads; -1: all", minimum=-1
    ),
    boolean(
        "xlearning.output.overwrite",
        False,
        "replace an earlier job's output; it stays until the new one is complete",
    ),
    text("xlearning.output.local.dir", "output", "local folder of an `--output`"),
    boolean(
        "xlearning.container.auto.create.output.dir",
        True,
        "make the local output folders before the start",
    ),
    integer("xlearning.download.file.retry", 3, "how often a file is tried again"),
    integer(
        "xlearning.download.file.thread.nums",
        10,
        "files that one agent downloads at a time",
        minimum=1,
    ),
    integer(
        "xlearning.upload.output.thread.nums",
        16,
        "files that one agent uploads at a time",
        "hbox.upload.file.thread.nums",
        minimum=1,
    ),
)

STREAM: tuple[Key, ...] = (
    text(
        "xlearning.inputformat.class",
        "org.apache.hadoop.mapred.TextInputFormat",
        "STREAM: what reads the input: a Java class, a short word or `module:Class`",
    ),
    integer(
        "xlearning.stream.epoch",
        1,
        "STREAM: how often a program gets its records",
        minimum=1,
    ),
    boolean(
        "xlearning.input.stream.shuffle",
        False,
        "STREAM: splits come in a random order, another one in every epoch",
    ),
    integer(
        "xlearning.input.stream.seed", 0, "STREAM: what the random orders come from"
    ),
    boolean(
        "xlearning.input.stream.merge",
        False,
        "STREAM: mix the records of several inputs, or read one after the other",
    ),
    boolean(
        "xlearning.inputformat.cache",
        False,
        "STREAM: keep the first epoch's records on the node and read later ones there",
        "hbox.inputmat.cache",
    ),
    text(
        "xlearning.inputformat.cachefile.name",
        "inputformatCache.gz",
        "STREAM: the local file that they are kept in",
    ),
    Key(
        name="xlearning.inputformat.cachesize.limit",
        doc="STREAM: a larger file is given up, and every epoch reads the input",
        type=KeyType.INTEGER,
        default=102400,
        unit="MiB",
        minimum=1,
    ),
    text(
        "xlearning.outputformat.class",
        "net.qihoo.xlearning.common.TextMultiOutputFormat",
        "STREAM: what writes the output: a Java class, a short word or `module:Class`",
    ),
    Key(
        name="xlearning.output.stream.log",
        doc="STREAM: so much of a program's output is in its log too; XLearning had 0",
        type=KeyType.INTEGER,
        default=64,
        unit="KiB",
        minimum=0,
    ),
)

TENSORFLOW: tuple[Key, ...] = (
    boolean("xlearning.tf.evaluator", False, "the last worker is the evaluator"),
    boolean(
        "xlearning.tf.distribution.strategy",
        False,
        "several workers without parameter servers are one cluster",
    ),
    Key(
        name="xlearning.tf.board.enable",
        doc=_BOARD,
        type=KeyType.BOOLEAN,
        default=False,
    ),
    no_effect("xlearning.tf.board.worker.index", "0", _BOARD),
    no_effect("xlearning.tf.board.reload.interval", "1", _BOARD),
    no_effect("xlearning.tf.board.log.dir", "eventLog", _BOARD),
    no_effect("xlearning.tf.board.history.dir", "/tmp/XLearning/eventLog", _BOARD),
    no_effect("xlearning.tf.board.path", "tensorboard", _BOARD),
    no_effect("xlearning.board.path", "visualDL", _BOARD),
    no_effect("xlearning.board.modelpb", "", _BOARD),
    no_effect("xlearning.board.cache.timeout", "20", _BOARD),
)

HISTORY: tuple[Key, ...] = (
    no_effect("xlearning.history.log.dir", "/tmp/XLearning/history", _HISTORY),
    no_effect(
        "xlearning.history.log.delete-monitor-time-interval", "86400000", _HISTORY
    ),
    no_effect("xlearning.history.log.max-age-ms", "604800000", _HISTORY),
    no_effect("xlearning.history.address", "0.0.0.0:10021", _HISTORY),
    no_effect("xlearning.history.port", "10021", _HISTORY),
    no_effect("xlearning.history.webapp.address", "0.0.0.0:19886", _HISTORY),
    no_effect("xlearning.history.webapp.port", "19886", _HISTORY),
    no_effect(
        "xlearning.history.webapp.https.address",
        "0.0.0.0:19885",
        _HISTORY,
        "xlearning.history.webapp.https.addresss",
    ),
    no_effect("xlearning.history.webapp.https.port", "19885", _HISTORY),
    no_effect("xlearning.history.bind-host", None, _HISTORY),
    no_effect("xlearning.history.client.thread-count", "10", _HISTORY),
    no_effect("xlearning.history.recovery.enable", "false", _HISTORY),
    no_effect("xlearning.history.keytab", None, _HISTORY),
    no_effect("xlearning.history.principal", None, _HISTORY),
    no_effect("xlearning.history.http.policy", "HTTP_ONLY", _HISTORY),
    no_effect("xlearning.webapp.spnego-principal", None, _HISTORY),
    no_effect("xlearning.webapp.spnego-keytab-file", None, _HISTORY),
    no_effect("xlearning.cluster.delegation.key.update-interval", "86400000", _HISTORY),
    no_effect(
        "xlearning.cluster.delegation.token.renew-interval", "86400000", _HISTORY
    ),
    no_effect("xlearning.cluster.delegation.token.max-lifetime", "86400000", _HISTORY),
)

LATER: tuple[Key, ...] = (
    refused("xlearning.container.type", "yarn", _DOCKER),
    refused("xlearning.docker.image", None, _DOCKER, "hbox.docker.image.name"),
    refused("xlearning.docker.registry.host", None, _DOCKER),
    refused("xlearning.docker.registry.port", None, _DOCKER),
    refused("xlearning.docker.worker.dir", "work", _DOCKER, "hbox.docker.work.dir"),
    refused("xlearning.docker.run.args", "", _DOCKER),
    no_effect("xlearning.mpi.install.dir", "/usr/local/openmpi/", _MPI),
    no_effect(
        "xlearning.mpi.extra.ld.library.path",
        None,
        _MPI,
        "hbox.mpi.extra.ld.lirbary.path",
    ),
    no_effect("xlearning.mpi.container.update.status.retry", "3", _MPI),
    *(
        no_effect(f"xlearning.horovod.{name}", default, f"{_HOROVOD}{variable}")
        for name, default, variable in (
            ("mpi.threads.disable", "false", "HOROVOD_MPI_THREADS_DISABLE"),
            ("timeline", None, "HOROVOD_TIMELINE"),
            ("fusion.threshold", "-1", "HOROVOD_FUSION_THRESHOLD"),
            ("cycle.time", "-1", "HOROVOD_CYCLE_TIME"),
            ("stall.check.disable", "false", "HOROVOD_STALL_CHECK_DISABLE"),
            ("hierarchical.allreduce", "false", "HOROVOD_HIERARCHICAL_ALLREDUCE"),
            ("extra.ld.lirbary.path", None, "LD_LIBRARY_PATH"),
        )
    ),
)

DATA_KEYS = (*DATA, *SAVES, *STREAM, *TENSORFLOW, *HISTORY, *LATER)
