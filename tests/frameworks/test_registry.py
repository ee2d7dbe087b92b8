"""Which adapter serves which type word."""

from __future__ import annotations

import pytest

from xlearning.frameworks.generic import Generic
from xlearning.frameworks.registry import NOT_YET_SUPPORTED, adapter
from xlearning.frameworks.tensorflow import TensorFlow


def test_tensorflow_has_an_adapter_of_its_own() -> None:
    assert isinstance(adapter("TENSORFLOW"), TensorFlow)
    assert "TENSORFLOW" not in NOT_YET_SUPPORTED


@pytest.mark.parametrize("word", ["XLEARNING", "PYTORCH", "CAFFE", "", "NO SUCH WORD"])
def test_every_other_word_is_generic(word: str) -> None:
    assert isinstance(adapter(word), Generic)
    assert word not in NOT_YET_SUPPORTED


def test_types_that_would_not_get_their_cluster_are_known() -> None:
    assert all(word == word.upper() for word in NOT_YET_SUPPORTED)
    assert {"MXNET", "DISTXGBOOST", "DISTLIGHTGBM", "MPI"} <= NOT_YET_SUPPORTED
