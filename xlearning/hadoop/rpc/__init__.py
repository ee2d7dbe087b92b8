"""Hadoop RPC, in layers.

    wire         [p] bytes to frames and headers
    digest_md5   [p] the sums of the only mechanism that tokens use
    protection   [p] signing and sealing of what follows the authentication
    sasl         [p] the talk that authenticates a connection
    connection   [p] one connection: bytes in, events out, calls to bytes
    failover     [p] which address next, and after which pause
    channel      the socket: calls as awaitables, deadlines, reconnecting

A connection is a state machine that owns no socket: `receive_data` takes what came,
`next_event` says what it meant, `call` and `data_to_send` give what to send. Bytes may
be cut anywhere. A peer's fault is `RemoteProtocolError`, a fault of ours
`LocalProtocolError`.
"""
