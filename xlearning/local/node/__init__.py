"""A NodeManager: brings files, starts containers, watches and ends them, keeps logs.

`manager` is the face: `NodeManager.start`, `stop`, `application_ended`, and the
questions of the container protocol and of the log pages. It owns one task for each
container (`container`), which goes through localising (`localizer`; `cache` keeps what
is shared below a size), launching (`launch`) and running, and calls `ended` once with
YARN's exit status and words.

Pure: `spec` (the values), `layout` (names of folders), `expansion` and `environment`
and `launch_script` (the bash script that YARN writes), `resources` (which file becomes
which link), `diagnostics` and `memory` (YARN's words and limits), `protocol` (what is
said to the processes below), `tfile_writer` (the container of aggregated logs).

No process outlives its container. The server starts one `warden`, a small process that
only the standard library is loaded in, and asks it for a *keeper* per container: a fork
that is the reaper of all that descends from the container (a new session does not leave
it) and ends it on command. When the server is killed, keepers wait for the next one:
it finds what was ordered in the container's `record`, and the keeper, or the exit code
that it left, in the same folder. When none comes in time they end their containers.
YARN, which ends a container by its process group, leaves processes in other sessions
running: this is the one thing that differs.
"""
