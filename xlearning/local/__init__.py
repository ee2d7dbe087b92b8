"""A YARN on one machine, in one process and without Java.

It speaks what clients, ApplicationMasters and agents speak to a real cluster: REST,
Hadoop RPC with tokens, the web proxy. Nothing outside this package and the command line
knows of it. `tests/contract` runs the same asserts on it and on a real one.

    settings, amounts    [p] how the cluster is set up; sums of resources
    nodes, asks          [p] what there is, and what is asked for
    applications         [p] applications, their attempts and containers
    cluster              [p] all of it together, and what is to be done outside
    submissions          [p] from a submission to the first attempt
    placement            [p] a node's heartbeat: which ask gets a container there
    masters              [p] register, allocate, finish
    lifecycle            [p] how containers, attempts and applications end
    preemption           [p] taking back what other queues are owed
    clock                [p] what happens by itself: expiry, lifetimes, key rolls
    memory, saved        [p] what is kept across restarts, and comes of it
    recovery             [p] what a node still has when the process starts again
    tokens               [p] tokens: given out, checked, rolled over
    rest_submission      [p] what is posted; rest_json, rest_labels: what is answered
    rpc_session          [p] one RPC connection from the server's side
    rpc_protection       [p] its signing and sealing
    resource_records     [p] amounts as the ResourceManager sends them
    client_records       [p] the client protocol's records: submissions, reports
    site                 [p] what clients are told about it
    rpc_server           an RPC server's socket
    rm_service           ApplicationMasterProtocol: messages and the core
    client_service       ApplicationClientProtocol: Hadoop's own clients
    nm_service           ContainerManagementProtocol of one node
    rest, proxy          the REST API and the web proxy
    web, node_pages      the pages for people, and the nodes' log pages
    yarn                 gives the core time and does what it wants done
    home, store          the folder, and what is written there at every change
    server, starting     the process, from inside and from outside
    node/                the NodeManagers' inside

The core is a state machine: functions take the cluster, what happened and the time
(`now`, ms since 1970), and leave in `Cluster.actions` what has to be done.

Killed and started again it goes on, as YARN does with work-preserving recovery: the
ResourceManager's part of the memory (submissions, attempts, keys of tokens, ends that
may not have been told) is in `apps/` and `tokens.json`; what runs the nodes tell, whose
keepers outlive the process for two minutes. Tokens stay good, the ApplicationMaster is
told to register again and sends its asks anew. `xl local down` ends all jobs first.

Every node
has an address of its own on the loopback network (127.0.0.1, 127.0.0.2 ...), so that
asks for a host mean one.

Differences from YARN that are meant: an ask without priority is refused (YARN takes it
and fails every later call), a negative count wants nothing (YARN's books go wrong),
nothing is reserved on a node for an ask that does not fit yet, there are no placement
constraints (as on a YARN whose handler of them is switched off), and a lost
ApplicationMaster is followed by another one at the restart, not at its expiry.
"""
