"""What is kept of a job's outputs."""

from __future__ import annotations

import msgspec
import pytest

from xlearning.job.outputs import Outputs, decode_outputs, encode_outputs


def test_what_is_kept_can_be_read() -> None:
    kept = Outputs(("hdfs://nn/ü", "hdfs://nn/b"), "interResult_")
    assert decode_outputs(encode_outputs(kept)) == kept


def test_what_is_something_else_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_outputs(b"{}")
