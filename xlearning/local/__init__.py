"""A YARN on one machine, in one process and without Java.

It speaks what clients, ApplicationMasters and agents speak to a real cluster: REST,
Hadoop RPC with tokens, the web proxy. Nothing outside this package knows of it.

    settings, amounts    [p] what the cluster is made of; sums of resources
    queues, nodes, asks  [p] who may have how much, where, and what is asked for
    applications         [p] applications, their attempts and containers
    cluster              [p] all of it together, and what is to be done outside
    placement            [p] a node's heartbeat: which ask gets a container there
    submissions          [p] from a submission to the first attempt
    lifecycle            [p] how attempts, applications and containers end
    preemption           [p] taking back what other queues are owed
    clock                [p] what happens by itself: expiry, lifetimes, key rolls
    masters              [p] register, allocate, finish
    tokens               [p] tokens: given out, checked, rolled over
    rest_json            [p] the REST API's answers
    rpc_session          [p] one RPC connection from the server's side
    rpc_server           its socket
    rm_service           ApplicationMasterProtocol: messages and the core
    nm_service           ContainerManagementProtocol of one node
    rest, proxy, pages   the web server
    home, server         the folder that remembers, and the process
    node/                the NodeManagers' inside

The core is a state machine: functions take the cluster, what happened and the time
(`now`, ms since 1970), and leave in `Cluster.actions` what has to be done.
"""
