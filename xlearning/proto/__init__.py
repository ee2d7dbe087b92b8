"""The wire between the ApplicationMaster and its agents.

`agent.proto` is the source; `agent_pb2*.py` are generated from it and committed
(`make protos`), by a generator old enough that every protobuf from 3.20.3 on runs them.
"""
