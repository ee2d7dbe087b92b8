"""Records on their way to a trainer's stdin and from its stdout (STREAM).

The work is done by processes of ours, `python -m xlearning.io.streams`, each with one
order: make splits, feed a pipe, collect from a pipe. So a record costs the agent
nothing, the data of formats (pyarrow, a JVM, the user's own class) is not in its
memory, and what a format does to its process it does to that one alone.

`orders` is what these processes are told and what they tell, `sequence` which splits
come when. `feed` reads splits into a pipe, `cache` keeps the first epoch, `collect`
writes a pipe to files, `splitting` makes splits of files, `settings` is what formats
are told.

A stream is complete or an error. Who reads a pipe cannot tell a writer that has died
from one that is done; so its owner, the agent, holds the writing end too and lets it go
only when the process has said `Ended`. The same with the reading end of an output.
"""
