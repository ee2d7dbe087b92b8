"""The keys of a job itself: size, identity, environment, timing. Pure."""

from __future__ import annotations

from xlearning.config.key import (
    Key,
    KeyType,
    boolean,
    choice,
    derived,
    integer,
    memory,
    milliseconds,
    no_effect,
    number,
    text,
)

_NO_ATTEMPTS = "a later attempt of the AM goes on with the containers that there are"
_NO_JAVA = "no Java runs on our side"
_EVENTS = "nothing is polled for here"

SIZE: tuple[Key, ...] = (
    memory("xlearning.am.memory", 1024, "memory of the AM", "hbox.driver.memory"),
    integer("xlearning.am.cores", 1, "cores of the AM", "hbox.driver.cores", minimum=1),
    integer("xlearning.worker.num", 1, "workers, chief and evaluator too", minimum=1),
    memory("xlearning.worker.memory", 1024, "memory of a worker"),
    integer("xlearning.worker.cores", 1, "cores of a worker", minimum=1),
    integer("xlearning.worker.gcores", 0, "GPUs of a worker", "xlearning.worker.gpus"),
    memory(
        "xlearning.chief.worker.memory",
        None,
        "TENSORFLOW: memory of worker 0; unset: as the other workers",
    ),
    memory(
        "xlearning.evaluator.worker.memory",
        None,
        "TENSORFLOW: memory of the evaluator; unset: as the other workers",
    ),
    integer(
        "xlearning.container.processes",
        1,
        "PYTORCH, JAX and the like: processes of the program in a container, 0: one "
        "for each GPU",
        "hbox.horovod.process.num.per.worker",
    ),
    integer("xlearning.ps.num", 0, "parameter servers"),
    memory("xlearning.ps.memory", 1024, "memory of a parameter server"),
    integer("xlearning.ps.cores", 1, "cores of a parameter server", minimum=1),
    integer(
        "xlearning.ps.gcores", 0, "GPUs of a parameter server", "xlearning.ps.gpus"
    ),
    integer(
        "xlearning.execute.node.limit",
        200,
        "most workers and parameter servers together, for types that have the latter",
        minimum=1,
    ),
)

IDENTITY: tuple[Key, ...] = (
    text("xlearning.app.queue", "default", "queue of the application"),
    Key(
        name="xlearning.app.priority",
        doc="priority of the application; YARN lowers it to what the queue allows",
        type=KeyType.PRIORITY,
        default=3,
    ),
    text("xlearning.app.view.acl", "", "who may look: `user1,user2 group1`, `*`"),
    text("xlearning.app.modify.acl", "", "who may change, in the same form"),
    text(
        "xlearning.am.nodeLabelExpression",
        "",
        "node label of the AM",
        "xlearning.am.nodeLabelException",
    ),
    text(
        "xlearning.worker.nodeLabelExpression",
        "",
        "node label of workers, chief and evaluator",
    ),
    text("xlearning.ps.nodeLabelExpression", "", "node label of parameter servers"),
    integer(
        "xlearning.app.max.attempts",
        2,
        "how often YARN starts the AM at most: a later one goes on where it stopped",
        minimum=1,
    ),
    no_effect("xlearning.worker.mem.autoscale", "0.5", _NO_ATTEMPTS),
    no_effect("xlearning.ps.mem.autoscale", "0.2", _NO_ATTEMPTS),
    no_effect("xlearning.host.local.enable", "false", "not supported yet"),
    derived(
        "xlearning.mode.single",
        "computed from the number of parameter servers",
        "xlearning.tf.mode.single",
        "xlearning.mxnet.mode.single",
    ),
)

ENVIRONMENT: tuple[Key, ...] = (
    text(
        "xlearning.am.env.<NAME>",
        None,
        "the variable NAME of the AM; put before a path-like one that is there",
    ),
    text(
        "xlearning.container.env.<NAME>",
        None,
        "the variable NAME of every program; put before a path-like one that is there",
    ),
    text(
        "xlearning.runtime",
        "auto",
        "our Python on the nodes: `auto` ships it, `path:/dir` is installed there",
    ),
    derived(
        "xlearning.container.extraEnv",
        "computed: set `xlearning.container.env.<NAME>`",
        "hbox.container.env",
    ),
    integer(
        "xlearning.env.maxlength",
        102400,
        "characters of a program's variables; a longer list of input is in a file",
        minimum=1,
    ),
    no_effect("xlearning.user.classpath.first", "true", _NO_JAVA),
    no_effect("xlearning.container.extra.java.opts", "", _NO_JAVA),
)

TIMING: tuple[Key, ...] = (
    milliseconds(
        "xlearning.allocate.interval", 3000, "longest pause between two heartbeats"
    ),
    milliseconds(
        "xlearning.log.pull.interval", 1000, "pause between two looks of the client"
    ),
    milliseconds(
        "xlearning.container.heartbeat.interval",
        10000,
        "how often an agent that has nothing to say says so",
    ),
    milliseconds(
        "xlearning.task.timeout", 300000, "a silent agent is given up after this"
    ),
    milliseconds(
        "xlearning.localresource.timeout",
        300000,
        "a container whose agent does not come is given up after this",
    ),
    milliseconds(
        "xlearning.allocation.timeout",
        600000,
        "containers that wait for their like are given back after this",
    ),
    milliseconds(
        "xlearning.container.stop.timeout",
        5000,
        "from a polite to a hard end of a program",
    ),
    number(
        "xlearning.container.maxFailures.rate",
        0.5,
        "share of failed tasks that a job of independent tasks bears",
    ),
    boolean(
        "xlearning.report.container.status", True, "tell the client of every change"
    ),
    boolean(
        "xlearning.memory.enforce", False, "the agent ends a program over its memory"
    ),
    boolean("xlearning.cleanup.enable", True, "delete the job's staging folder"),
    text("xlearning.staging.dir", "/tmp/XLearning/staging", "root of staging folders"),
    integer(
        "xlearning.reserve.port.begin", 20000, "first port for programs", minimum=1
    ),
    integer(
        "xlearning.reserve.port.end", 30000, "one past the last of them", minimum=1
    ),
    text(
        "xlearning.network.interface",
        "",
        "programs reach each other at their nodes' addresses on this interface (`ib0`) "
        "or in this network (`10.1.0.0/16`); unset: under the nodes' names",
    ),
    choice(
        "xlearning.network.address",
        ("hostname", "ip"),
        "what programs call each other's nodes by; always `ip` with an interface, and "
        "for types whose programs take nothing else",
    ),
    no_effect("xlearning.status.update.interval", "1000", _EVENTS),
    no_effect("xlearning.messages.len.max", "1000", "not supported yet"),
    no_effect("xlearning.container.heartbeat.retry", "3", "agents reconnect"),
    no_effect("xlearning.container.update.appstatus.interval", "3000", _EVENTS),
    no_effect("xlearning.task.timeout.check.interval", "3000", _EVENTS),
    no_effect(
        "xlearning.container.mem.usage.warn.fraction", "0.70", "not supported yet"
    ),
)

JOB_KEYS = (*SIZE, *IDENTITY, *ENVIRONMENT, *TIMING)
