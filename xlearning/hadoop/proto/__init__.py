"""Hadoop's messages, as far as they are used.

The `.proto` files are written from Hadoop's field tables: package, message and field
names, numbers and types are Hadoop's own, so that either side reads the other's bytes.
The Python code is generated (`scripts/protos`) and committed. Only `xlearning.hadoop`
uses it; everything above sees the values of `xlearning.hadoop.records`.
"""
