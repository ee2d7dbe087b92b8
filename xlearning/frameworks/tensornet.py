"""TENSORNET: TensorFlow's programs whose processes are ranks of Open MPI.

TensorNet's ranks are workers and keep a part of the model at once; they tell each other
by MPI where their own servers listen (its `mpi_manager.cc`), so what they need is what
MPI's ranks do. As in Hbox, `TF_INDEX` is counted from 1. TensorNet itself is built for
TensorFlow 2.2 with the Open MPI of its own and was not tried: a program of
`examples/tensornet` does with TensorFlow and mpi4py what it does.
"""

from __future__ import annotations

import msgspec

from xlearning.frameworks.mpi import Mpi


class TensorNet(Mpi):
    """The same as MPI, under the name by which Hbox's users know it."""

    profile = msgspec.structs.replace(
        Mpi.profile,
        summary="TensorFlow's programs as ranks of Open MPI, as TensorNet's are",
    )


TENSORNET = TensorNet()
