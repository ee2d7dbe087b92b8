"""The process with the JVM: makes splits, reads one after another, or writes.

JPype's JVM cannot be started twice in a process, takes memory and signals, and a user's
Java class may do what it likes with it: so it is not in the agent or ApplicationMaster.

Both of Hadoop's APIs are spoken: `mapred` as XLearning did, and `mapreduce`.
"""

from __future__ import annotations

import glob
import os
import sys
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import jpype
import msgspec

from xlearning.io.formats import java_frames as frames
from xlearning.io.formats.base import CHUNK_BYTES
from xlearning.io.formats.java_frames import Failure, JavaSplit, JavaTask, Request
from xlearning.io.formats.part_files import CODEC_KEYS, COMPRESS_KEYS, GZIP
from xlearning.io.formats.properties import integer, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_HADOOP = "org.apache.hadoop"
_OUR_CLASSES = Path(__file__).with_name("jvm")
_OPTIONS_KEYS = ("mapreduce.map.java.opts", "mapred.child.java.opts")
_OPTIONS = "-Xmx512m"
_NAME = "part-r"
_SHOWN_LENGTH = 200


class Refused(Exception):
    """The request cannot be met, for a reason that the user can change."""


def main() -> None:
    """Serve the request on stdin; whatever Java prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    data = frames.receive(sys.stdin.buffer)
    assert isinstance(data, bytes)
    request = msgspec.json.decode(data, type=Request)
    try:
        _start(request)
        _serve(request, answers)
    except Refused as refused:
        frames.send_failure(answers, Failure(str(refused), is_config=True))
    except jpype.JException as error:
        frames.send_failure(answers, _failure(error))
    answers.flush()
    os._exit(0)  # a user's class may have left threads that would keep the JVM


def _start(request: Request) -> None:
    written = text(request.properties, _OPTIONS, *_OPTIONS_KEYS)
    try:
        jpype.startJVM(
            *written.split(),
            classpath=list(_expanded(request.class_path)),
            convertStrings=False,
        )
    except jpype.JVMNotFoundException as error:
        raise Refused("there is no Java on this host") from error
    if (
        int(str(_java("java.lang.System").getProperty("java.version")).split(".")[0])
        < 8
    ):
        raise Refused("the Java on this host is too old")


def _expanded(class_path: tuple[str, ...]) -> Iterator[str]:
    yield str(_OUR_CLASSES)
    for entry in class_path:
        if entry.endswith("*"):
            yield from sorted(glob.glob(f"{entry}.jar"))
        else:
            yield entry


def _java(name: str) -> Any:
    return jpype.JClass(name)


def _failure(error: Any) -> Failure:
    """Return a Java exception without its stack, which goes to stderr.

    What a server threw has the server's stack in its message.
    """
    error.printStackTrace()
    name = str(error.getClass().getName())
    return Failure(str(error.getMessage() or name).partition("\n\tat ")[0], name)


def _serve(request: Request, answers: IO[bytes]) -> None:
    conf = _configuration(request)
    match request.task:
        case JavaTask.SPLITS:
            frames.send(answers, msgspec.json.encode(_Task(request, conf).splits()))
            frames.send_end(answers)
        case JavaTask.READ:
            _read(request, conf, answers)
        case JavaTask.WRITE:
            _Task(request, conf).write(sys.stdin.buffer)
            frames.send_end(answers)


def _configuration(request: Request) -> Any:
    try:
        conf = _java(f"{_HADOOP}.mapred.JobConf")()
    except TypeError as error:
        raise Refused("Hadoop's classes are not on the class path") from error
    for name, value in request.properties.items():
        conf.set(name, value)
    return conf


def _read(request: Request, conf: Any, answers: IO[bytes]) -> None:
    """Read split after split, until nobody wants more.

    As in Hadoop, each has its own format and configuration, whatever they keep.
    """
    while isinstance(data := _next(), bytes):
        split = msgspec.json.decode(data, type=JavaSplit)
        task = _Task(request, _java(f"{_HADOOP}.mapred.JobConf")(conf))
        for chunk in task.records(split):
            frames.send(answers, chunk)
        frames.send_end(answers)


def _next() -> bytes | Failure | None:
    try:
        return frames.receive(sys.stdin.buffer)
    except frames.Broken:
        return None


class _Task:
    """A format, and a configuration for it."""

    def __init__(self, request: Request, conf: Any) -> None:
        self._request = request
        self._conf = conf
        kind = "OutputFormat" if request.task is JavaTask.WRITE else "InputFormat"
        found = self._class(request.java_class)
        self._is_old = self._is_a(found, f"{_HADOOP}.mapred.{kind}")
        if not self._is_old and not self._is_a(found, f"{_HADOOP}.mapreduce.{kind}"):
            raise Refused(f"`{request.java_class}` is no {kind}")
        self._format = _java(f"{_HADOOP}.util.ReflectionUtils").newInstance(
            found, self._conf
        )
        self._batch = _java("xlearning.RecordBatch")

    def _class(self, name: str) -> Any:
        try:
            return self._conf.getClassByName(name)
        except jpype.JException as error:
            raise Refused(f"`{name}` is not on the class path") from error

    def _is_a(self, found: Any, name: str) -> bool:
        return bool(_java(name).class_.isAssignableFrom(found))

    def _context(self) -> Any:
        kind = _java(f"{_HADOOP}.mapreduce.TaskType").REDUCE
        if self._is_old:
            attempt = _java(f"{_HADOOP}.mapred.TaskAttemptID")(
                "xlearning", 0, kind, 0, 0
            )
            name = f"{_HADOOP}.mapred.TaskAttemptContextImpl"
        else:
            ids = f"{_HADOOP}.mapreduce"
            attempt = _java(f"{ids}.TaskAttemptID")("xlearning", 0, kind, 0, 0)
            name = f"{ids}.task.TaskAttemptContextImpl"
        self._conf.set("mapreduce.task.attempt.id", str(attempt))
        self._conf.setInt("mapreduce.task.partition", 0)
        self._conf.setBoolean("mapreduce.task.ismap", False)
        return _java(name)(self._conf, attempt)

    def splits(self) -> list[JavaSplit]:
        """Make the splits; the old API is told the number that the user set."""
        path = _java(f"{_HADOOP}.fs.Path")
        paths = jpype.JArray(path)([path(each) for each in self._request.paths])
        if self._request.paths:
            _java(f"{_HADOOP}.mapred.FileInputFormat").setInputPaths(self._conf, paths)
        if self._is_old:
            count = integer(
                self._request.properties, 1, "mapreduce.job.maps", "mapred.map.tasks"
            )
            found = self._format.getSplits(self._conf, count)
        else:
            job = _java(f"{_HADOOP}.mapreduce.Job").getInstance(self._conf)
            found = self._format.getSplits(job)
        return [self._packed(split) for split in found]

    def _packed(self, split: Any) -> JavaSplit:
        buffer = _java(f"{_HADOOP}.io.DataOutputBuffer")()
        kind = split.getClass()
        factory = _java(f"{_HADOOP}.io.serializer.SerializationFactory")(self._conf)
        serializer = factory.getSerializer(kind)
        if serializer is None:
            raise Refused(f"splits of `{kind.getName()}` cannot be serialised")
        serializer.open(buffer)
        serializer.serialize(split)
        data = bytes(memoryview(buffer.getData()))[: buffer.getLength()]
        hosts = tuple(str(host) for host in split.getLocations() or ())
        name, text = str(kind.getName()), str(split.toString())
        shown = "" if text.startswith(f"{name}@") else text[:_SHOWN_LENGTH]
        return JavaSplit(name, data, int(split.getLength()), hosts, shown)

    def _unpacked(self, packed: JavaSplit) -> Any:
        data = packed.split
        buffer = _java(f"{_HADOOP}.io.DataInputBuffer")()
        buffer.reset(jpype.JArray(jpype.JByte)(data), len(data))
        factory = _java(f"{_HADOOP}.io.serializer.SerializationFactory")(self._conf)
        deserializer = factory.getDeserializer(self._class(packed.split_class))
        deserializer.open(buffer)
        return deserializer.deserialize(None)

    def records(self, packed: JavaSplit) -> Iterator[bytes]:
        """Yield the values of a split."""
        split = self._unpacked(packed)
        if self._is_old:
            null = _java(f"{_HADOOP}.mapred.Reporter").NULL
            reader = self._format.getRecordReader(split, self._conf, null)
            pair = (reader.createKey(), reader.createValue())
            fill = partial(self._batch.readMapred, reader, *pair, CHUNK_BYTES)
        else:
            context = self._context()
            reader = self._format.createRecordReader(split, context)
            reader.initialize(split, context)
            fill = partial(self._batch.readMapreduce, reader, CHUNK_BYTES)
        while (chunk := fill()) is not None:
            yield bytes(memoryview(chunk))
        reader.close()

    def write(self, pipe: IO[bytes]) -> None:
        """Write lines until the orderly end, and commit them in the folder."""
        for name, value in ((COMPRESS_KEYS[0], "true"), (CODEC_KEYS[0], GZIP)):
            if name not in self._request.properties:
                self._conf.set(name, value)  # as XLearning did
        self._conf.setBoolean("mapreduce.fileoutputcommitter.marksuccessfuljobs", False)
        folder = _java(f"{_HADOOP}.fs.Path")(self._request.folder)
        _java(f"{_HADOOP}.mapred.FileOutputFormat").setOutputPath(self._conf, folder)
        context = self._context()
        committer = (
            self._conf.getOutputCommitter()
            if self._is_old
            else self._format.getOutputCommitter(context)
        )
        job = self._job_of(context)
        committer.setupJob(job)
        self._tell_work_folder(committer, context, folder)
        committer.setupTask(context)
        self._write_lines(pipe, context)
        if committer.needsTaskCommit(context):
            committer.commitTask(context)
        committer.commitJob(job)

    def _job_of(self, context: Any) -> Any:
        """Return the context of a task's job; the old API has another class for it."""
        if not self._is_old:
            return context
        name = f"{_HADOOP}.mapred.JobContextImpl"
        return _java(name)(self._conf, context.getJobID())

    def _tell_work_folder(self, committer: Any, context: Any, folder: Any) -> None:
        """Do what `Task.initialize` does for the old API."""
        if self._is_old:
            if isinstance(committer, _java(f"{_HADOOP}.mapred.FileOutputCommitter")):
                folder = committer.getTaskAttemptPath(context)
            self._conf.set("mapreduce.task.output.dir", folder.toString())

    def _write_lines(self, pipe: IO[bytes], context: Any) -> None:
        null = _java(f"{_HADOOP}.mapred.Reporter").NULL
        if self._is_old:
            system = _java(f"{_HADOOP}.fs.FileSystem").get(self._conf)
            writer = self._format.getRecordWriter(system, self._conf, _NAME, null)
            put, end = self._batch.writeMapred, null
        else:
            writer = self._format.getRecordWriter(context)
            put, end = self._batch.writeMapreduce, context
        key = self._key()
        while (lines := frames.receive(pipe)) is not None:
            put(writer, key, jpype.JArray(jpype.JByte)(lines))
        writer.close(end)

    def _key(self) -> Any:
        """Return null, as XLearning did, or a NullWritable where that is asked for."""
        name = f"{_HADOOP}.io.NullWritable"
        asked = text(
            self._request.properties,
            "",
            "mapreduce.job.output.key.class",
            "mapred.output.key.class",
        )
        return _java(name).get() if asked == name else None


if __name__ == "__main__":
    main()
