"""Hadoop's wire in Python.

    rpc/                     bytes to frames to calls, SASL, one socket
    proto/                   Hadoop's messages, generated
    ids, records             [p] values in place of messages
    constraints              [p] asks with conditions on where (scheduling requests)
    credentials              [p] token files
    launch_context           [p] what YARN does to commands and variables
    application_master       register, allocate, finish with the ResourceManager
    container_management     start, stop, ask on one NodeManager
    rest                     the ResourceManager's REST API and web proxy

One class per protocol, one method per call. Nothing above this package sees a protobuf
message, a socket or an HTTP response; it gets frozen values, `ConnectionLost` when
nothing answered (the call may be repeated as its docstring says) and `ClusterError`,
which carries the Java class, when Hadoop said no. Modules marked [p] are pure: no
sockets, no clock. Nothing heavy is imported here.
"""
