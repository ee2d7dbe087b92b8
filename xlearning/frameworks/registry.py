"""Finds the adapter of an application type.

A site adds a type by installing a package beside us that names its adapter, an instance
of `base.Adapter`, as an entry point:

    [project.entry-points."xlearning.frameworks"]
    MYTYPE = "mypackage.mytype:MYTYPE"

The client takes such packages along to the nodes. Our own types stand in a table too,
so that they are known where no package is installed (a checkout, a node) and without
looking through all packages; a site's package does not replace one of them.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from functools import cache
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.frameworks.generic import GENERIC

if TYPE_CHECKING:
    from xlearning.frameworks.base import Adapter

GROUP = "xlearning.frameworks"
"""The entry points that name adapters."""

OWN_TYPES = {
    "XLEARNING": "xlearning.frameworks.generic:GENERIC",
    "TENSORFLOW": "xlearning.frameworks.tensorflow:TENSORFLOW",
    "PYTORCH": "xlearning.frameworks.pytorch:PYTORCH",
    "DISTTORCH": "xlearning.frameworks.pytorch:PYTORCH",
    "JAX": "xlearning.frameworks.jax:JAX",
    "TENSOR2TENSOR": "xlearning.frameworks.tensorflow:TENSOR2TENSOR",
    "MXNET": "xlearning.frameworks.mxnet:MXNET",
    "XFLOW": "xlearning.frameworks.mxnet:XFLOW",
    "XGBOOST": "xlearning.frameworks.xgboost:XGBOOST",
    "DISTXGBOOST": "xlearning.frameworks.xgboost:XGBOOST",
    "LIGHTGBM": "xlearning.frameworks.lightgbm:LIGHTGBM",
    "DISTLIGHTGBM": "xlearning.frameworks.lightgbm:LIGHTGBM",
    "LIGHTLDA": "xlearning.frameworks.lightlda:LIGHTLDA",
    "DISTLIGHTLDA": "xlearning.frameworks.lightlda:LIGHTLDA",
    "MPI": "xlearning.frameworks.mpi:MPI",
    "TENSORNET": "xlearning.frameworks.tensornet:TENSORNET",
    "HOROVOD": "xlearning.frameworks.horovod:HOROVOD",
    "XDL": "xlearning.frameworks.xdl:XDL",
}
"""Type word to module and attribute, as in pyproject.toml."""

NOT_YET_SUPPORTED = frozenset(
    {
        "VPC",
        "DIGITS",
    }
)
"""Types whose cluster definition XLearning or Hbox built, and that we do not yet."""


@cache
def adapter(application_type: str) -> Adapter:
    """Return the adapter for an upper-case type word, the generic one if unknown.

    Raises:
        ConfigError: A site's package names an adapter that is not there.
    """
    if application_type in OWN_TYPES:
        return _own(application_type)
    for point in _site_types():
        if point.name.upper() == application_type:
            return _load(point)
    return GENERIC


def is_missing(application_type: str) -> bool:
    """Say whether a word names a framework that nobody here has an adapter for."""
    return (
        application_type in NOT_YET_SUPPORTED and adapter(application_type) is GENERIC
    )


def types() -> dict[str, Adapter]:
    """Return all types that have an adapter, by name.

    Raises:
        ConfigError: A site's package names an adapter that is not there.
    """
    names = {*OWN_TYPES, *(point.name.upper() for point in _site_types())}
    return {name: adapter(name) for name in sorted(names)}


def _own(application_type: str) -> Adapter:
    module, _, attribute = OWN_TYPES[application_type].partition(":")
    found: Adapter = getattr(importlib.import_module(module), attribute)
    return found


def _site_types() -> list[importlib.metadata.EntryPoint]:
    points = importlib.metadata.entry_points(group=GROUP)
    return [point for point in points if point.name.upper() not in OWN_TYPES]


def _load(point: importlib.metadata.EntryPoint) -> Adapter:
    try:
        found: Adapter = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the application type {point.name.upper()} cannot be used: {error}",
            hint=f"entry point `{point.value}` of an installed package",
        ) from error
    return found
