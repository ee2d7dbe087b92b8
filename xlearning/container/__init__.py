"""The agent: our process in a container, beside the user's program.

`python -m xlearning.container` attaches to the ApplicationMaster, makes its task ready,
runs the trainer, tells how it ended. `agent` is the driver: it takes one event at a
time, asks `lifecycle.decide` and performs the actions. The pure modules are
`lifecycle` with `preparation`, `ending`, `saving`, `state`, `events`, `actions` and
`assignment`;
`messages` and `outbox` (the protocol), `environment`, `input_list` and `place`.

Shells: `connection` (the stream), `supervisor` with `spawn`, `shim` and `process_tree`
(the trainer; `crew` where a container runs several processes), `signals`, `holdings`
with `ports`, `interfaces` and `gpus`, `python_env` and `sources` (a Python and a
program that the client sent), `transfers` (data), `streams` (records on the trainer's
stdin and stdout, through processes of our own), `watch` with `metrics` and `logs`,
`identity`.

Who ends what: the agent ends its tree by walking it. Is the agent killed, the kernel
kills the trainer's first process, YARN the process group, and `keeper`, a process of
its own, what neither of them finds. YARN's TERM ends agent and tree within its 250 ms
and is not reported: YARN itself tells the ApplicationMaster, and why.
"""
