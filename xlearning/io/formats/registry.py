"""Finds record formats by name.

A name is a short word of the tables below, a Java class (of Hadoop's old `mapred` or
new `mapreduce` API) that we read without Java, `module:Class` for the user's own Python
class, or any other Java class, which runs in a JVM. `java:CLASS` asks for the JVM even
where we have a reader of our own.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

from xlearning.config.keys import did_you_mean
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.formats.base import InputFormat, OutputFormat

_ROOM = "xlearning.io.formats"
_MAPRED = "org.apache.hadoop.mapred"
_LIBRARY = "org.apache.hadoop.mapreduce.lib"

INPUT_FORMATS = {
    "text": "text:TextInput",
    "keyvaluetext": "text:KeyValueTextInput",
    "nline": "nline:NLineInput",
    "combinetext": "text:CombineTextInput",
    "sequencefile": "sequence_input:SequenceFileInput",
    "avro": "avro:AvroInput",
    "parquet": "columns:ParquetInput",
    "orc": "columns:OrcInput",
    "csv": "csv_input:CsvInput",
    "jsonlines": "text:JsonLinesInput",
    "tfrecord": "tfrecord:TFRecordInput",
}
"""Short name to module and class."""

INPUT_CLASSES = {
    f"{_MAPRED}.TextInputFormat": "text",
    f"{_LIBRARY}.input.TextInputFormat": "text",
    f"{_MAPRED}.KeyValueTextInputFormat": "keyvaluetext",
    f"{_LIBRARY}.input.KeyValueTextInputFormat": "keyvaluetext",
    f"{_MAPRED}.lib.NLineInputFormat": "nline",
    f"{_LIBRARY}.input.NLineInputFormat": "nline",
    f"{_MAPRED}.lib.CombineTextInputFormat": "combinetext",
    f"{_LIBRARY}.input.CombineTextInputFormat": "combinetext",
    f"{_MAPRED}.SequenceFileInputFormat": "sequencefile",
    f"{_LIBRARY}.input.SequenceFileInputFormat": "sequencefile",
    f"{_MAPRED}.SequenceFileAsTextInputFormat": "sequencefile",
    f"{_LIBRARY}.input.SequenceFileAsTextInputFormat": "sequencefile",
    "org.apache.avro.mapred.AvroInputFormat": "avro",
    "org.apache.avro.mapred.AvroAsTextInputFormat": "avro",
    "org.apache.avro.mapreduce.AvroKeyInputFormat": "avro",
    "org.apache.parquet.hadoop.ParquetInputFormat": "parquet",
    "org.apache.parquet.hadoop.example.ExampleInputFormat": "parquet",
    "org.apache.parquet.hadoop.mapred.DeprecatedParquetInputFormat": "parquet",
    "org.apache.orc.mapred.OrcInputFormat": "orc",
    "org.apache.orc.mapreduce.OrcInputFormat": "orc",
    "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat": "orc",
    "org.tensorflow.hadoop.io.TFRecordFileInputFormat": "tfrecord",
}
"""Java class to short name."""

OUTPUT_FORMATS = {
    "multitext": "text_output:TextMultiOutput",
    "text": "text_output:TextOutput",
    "sequencefile": "sequence_output:SequenceFileOutput",
    "parquet": "columns_output:ParquetOutput",
    "csv": "columns_output:CsvOutput",
    "jsonlines": "text_output:JsonLinesOutput",
}
"""Short name to module and class."""

OUTPUT_CLASSES = {
    "net.qihoo.xlearning.common.TextMultiOutputFormat": "multitext",
    "net.qihoo.hbox.common.TextMultiOutputFormat": "multitext",
    f"{_MAPRED}.TextOutputFormat": "text",
    f"{_LIBRARY}.output.TextOutputFormat": "text",
    f"{_MAPRED}.SequenceFileOutputFormat": "sequencefile",
    f"{_LIBRARY}.output.SequenceFileOutputFormat": "sequencefile",
}
"""Java class to short name."""

_JAVA = "java:"
_JAVA_CLASS = re.compile(r"(?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*")
_PYTHON_CLASS = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def find_input_format(name: str) -> InputFormat:
    """Return the input format of a name; that a class exists is seen when it is used.

    Raises:
        ConfigError: The name is none of these.
    """
    found: InputFormat = _find(name, INPUT_FORMATS, INPUT_CLASSES, "input")
    return found


def find_output_format(name: str) -> OutputFormat:
    """Return the output format of a name; that a class exists is seen when it is used.

    Raises:
        ConfigError: The name is none of these.
    """
    found: OutputFormat = _find(name, OUTPUT_FORMATS, OUTPUT_CLASSES, "output")
    return found


def needs_java(name: str) -> bool:
    """Say whether a format runs in a JVM, so that its class path is worth finding."""
    plain = name.strip()
    if plain.startswith(_JAVA):
        return True
    known = {**INPUT_CLASSES, **OUTPUT_CLASSES}
    return bool(_JAVA_CLASS.fullmatch(plain)) and plain not in known


def _find(
    name: str, formats: Mapping[str, str], classes: Mapping[str, str], kind: str
) -> Any:
    plain = name.strip()
    word = classes.get(plain, plain.lower())
    if word in formats:
        return _load(formats[word])()
    if plain.startswith(_JAVA) or _JAVA_CLASS.fullmatch(plain):
        bridge = _load(f"java_{kind}:Java{kind.capitalize()}")
        return bridge(plain.removeprefix(_JAVA))
    if _PYTHON_CLASS.fullmatch(plain):
        return _load(f"python:Python{kind.capitalize()}")(plain)
    raise ConfigError(
        f"`{name}` is no {kind} format",
        hint=did_you_mean(word, formats)
        or f"one of {', '.join(formats)}, a Java class, or MODULE:CLASS in Python",
    )


def _load(path: str) -> Any:
    """Import a class of this package: `text:TextInput`."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(f"{_ROOM}.{module}"), name)
