"""Records: what goes to a trainer's stdin and comes from its stdout (STREAM).

`base` is the seam. An `InputFormat` makes splits of files and reads one split as chunks
of bytes; an `OutputFormat` takes bytes and writes files. `registry` finds them by Java
class name, by short name or as the user's own `module:Class`. Nobody above looks into
records: a chunk is up to a megabyte of whole records in the form that the trainer gets.

    lines of text     `text` `nline`, cut by `lines`; `text_output`
    SequenceFile      `sequence_input` `sequence_output` `sequence_file` `writables`
    tables            `columns` (Parquet, ORC) `csv_input` `avro` as JSON by `rows`;
                      `columns_output`
    bytes             `tfrecord`, with the frames of the file
    Java, Python      `java_input` `java_output` with `java_process`, whose child has a
                      JVM for as long as a task has splits; `python`

`file_format` is what formats of files do alike, whose splits are ranges of them. Below
are `file_splits` (blocks into splits), `sources`, `cursor` and
`random_access` (three ways to read a file), `codecs`, `block_codecs` and
`bzip2_blocks` (what is compressed), `part_files` and `line_batches` (for writers).

Splits, cuts and values are those of Hadoop's readers, and are tested beside them; where
Hadoop reads a record twice or loses one, the module says so and we do not. A value is
what its `toString` is in Java, its key is dropped, as XLearning did.

Formats are imported when they are asked for: most need a library that a job without
them should not load. All functions block; errors of the file system are Python's own,
damaged data is a `DamagedFile` that names path, offset and cause. An iterator of chunks
that ends without an error has given every record of its split.
"""
