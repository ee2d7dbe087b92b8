"""The ApplicationMaster: one per job, in container 1.

A pure core decides, thin shells do. `decide.decide(state, event, now)` applies one
event and returns the actions that follow; it does no I/O and reads no clock. It is
split by noun: `allocation` (containers asked for, given, given back), `tasks` (what
happens to a try), `rendezvous` (when a view is complete and who may start),
`assignment` (who gets which input and uploads what), `saving` (saves of the model while
it trains), `verdict` (how the job ends, and the way from there to the last action).
`overview` and `waiting` make of it what is shown.

The shells: `driver` owns the queue of events, the journal and the order of things;
`rm_heartbeat` speaks with the ResourceManager, `launcher` with NodeManagers, `agents`
with our agents, `data` with the file systems, `page` with people. They turn what they
see into events and perform actions, and have no opinion about training.

Input is near its readers where that costs nothing: the client says in the job which
nodes hold it, so that the first ask names them; `sharing` hands files out by size to
tasks that are near them, and a container goes to the task with most input on its host.
Roles that are placed by YARN's constraints name none: `constraints` says what these
are. `stream_sharing` does the same with splits, for programs that read records.

A later attempt goes on where the one before stopped (`restart`). Every event is in the
journal before anything is done about it (`journal_writer`), in the job's folder where a
later attempt may follow; what is only said to the ResourceManager need not wait for
that. Containers are kept, agents look for the new attempt in `am.json`, and whatever
was under way is ordered again: all of it can be repeated. The staging folder goes only
when the result has been told.

An attempt begins with nothing to localise but our cached Python (and, where that is not
ours, the format that makes splits): the job and Hadoop's properties come in YARN's
credentials, not as files (`xlearning.job.handover` says why).

Telemetry (progress, memory) is not an event: it changes nothing but what is shown, and
a week of it must not fill the journal. `overview` joins it with the state.
"""
