"""XLearning: run machine-learning programs on Apache Hadoop YARN, in Python.

Rooms, from the top down: `cli` decides nothing and may import everything;
`client`, `am`, `container` and `cluster` are the four programs and do not know each
other; `web`, `frameworks`, `io` and `hadoop` serve them; `config`, `job` and `proto`
are the nouns they share; `errors` is below all. `make check` holds these directions.
"""

__version__ = "0.1.0"
