"""Finds the adapter of an application type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.generic import Generic
from xlearning.frameworks.tensorflow import TensorFlow

if TYPE_CHECKING:
    from xlearning.frameworks.base import Adapter

_ADAPTERS: dict[str, Adapter] = {"TENSORFLOW": TensorFlow()}
_GENERIC: Adapter = Generic()

NOT_YET_SUPPORTED = frozenset(
    {
        "MXNET",
        "DISTXGBOOST",
        "DISTLIGHTGBM",
        "LIGHTLDA",
        "DISTLIGHTLDA",
        "XFLOW",
        "MPI",
        "TENSOR2TENSOR",
        "TENSORNET",
        "HOROVOD",
        "DISTTORCH",
        "XDL",
        "VPC",
        "DIGITS",
    }
)
"""Types whose cluster definition XLearning or Hbox built, and that we do not yet."""


def adapter(application_type: str) -> Adapter:
    """Return the adapter for an upper-case type word, the generic one if unknown."""
    return _ADAPTERS.get(application_type, _GENERIC)
