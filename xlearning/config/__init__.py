"""Where settings come from. Pure but for reading files.

`site` reads Hadoop's XML (`core-site.xml` and friends) and gives plain mappings; it is
the only module that knows that format. `keys` is the one table of every `xlearning.*`
key: its type, unit, default, meaning, and whether we read, derive or refuse it. `load`
lays default, site file, command line and `--conf` over each other, in this order, and
gives a frozen `Settings` that remembers for every value where it came from.
"""
