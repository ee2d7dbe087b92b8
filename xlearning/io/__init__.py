"""File systems, input, output and logs. Imports only `job`, `config` and `errors`.

Two interfaces to a file system, for two needs. `storage` is the small protocol that the
client, the ApplicationMaster and the agents use: what a commit needs (modes, append,
rename that never overwrites, ranges), quick to import. `schemes` chooses: hdfs-native
(`hdfs_storage`, also for ViewFS), the local disk, WebHDFS, buckets (`object_storage`),
or a folder that stands for HDFS on one machine (`mapped_storage`). `filesystem` gives
`pyarrow.fs.FileSystem` objects for data formats.

Pure: `uris` and `globs` (Hadoop's paths and patterns), `splits` (who gets which file),
`locality` (the same by where files are), `output` (names below an output path),
`replacement` (an output in the place of an older one), `mounts`, `s3_options`,
`hdfs_errors`, `object_errors`, `tfile` (Hadoop's log container). Shells: `listing`,
`block_locations`, `download` and its `parts`, `upload`, `trees` (what people copy by
hand), `commit`, `aggregated_logs`.

What breaks off is tried again (`transfer`): a few times, and for minutes while a server
does not answer; what is tried again is told (`waits`), up to the job's page. Downloads
go on where they were, and so do large files on their way to HDFS (`sending`). A write
that hangs has a limit (`bounded`).

All functions block; callers on an event loop use `asyncio.to_thread`. Errors of the
file system are Python's own (`FileNotFoundError`, `PermissionError`, `OSError` with an
errno); what cannot be said that way is an `XLearningError`. Output is written below
`_temporary/` and renamed into place once; every step of that can be repeated.

Records for a program's stdin and from its stdout (STREAM): `formats` reads and writes
them, `streams` are the processes that stand at the other ends of the pipes.

Saves of outputs while programs run: `manifest` (pure) says what one is and how
incremental ones hang together; `save` copies a folder that somebody writes into,
`saves` makes saves complete and finds them, `restore` puts one back.
"""
