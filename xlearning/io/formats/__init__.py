"""Records: what goes to a trainer's stdin and comes from its stdout (STREAM).

`base` is the seam. An `InputFormat` makes splits of files and reads one split as chunks
of bytes; an `OutputFormat` takes bytes and writes files. `registry` finds them by Java
class name, by short name or as the user's own `module:Class`. Nobody above looks into
records: a chunk is up to a megabyte of whole records in the form that the trainer gets.

Formats are imported when they are asked for: most need a library that a job without
them should not load. All functions block; errors of the file system are Python's own,
damaged data is a `DamagedFile` that names path, offset and cause. An iterator of chunks
that ends without an error has given every record of its split.
"""
