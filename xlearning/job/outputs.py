"""What is kept of a job's outputs beside its logs, for whoever asks later. Pure."""

from __future__ import annotations

import msgspec

OUTPUTS_FILE = "outputs.json"
"""Name of it in the ApplicationMaster's log folder, which YARN collects."""


class Outputs(msgspec.Struct, frozen=True):
    """Where a job writes.

    Attributes:
        urls: Destinations of the outputs.
        saves: Where the saves of each are: what `xlearning.interresult.dir` says.
    """

    urls: tuple[str, ...]
    saves: str


def encode_outputs(outputs: Outputs) -> bytes:
    """Return the file's content."""
    return msgspec.json.encode(outputs)


_decoder: msgspec.json.Decoder[Outputs] = msgspec.json.Decoder(Outputs)


def decode_outputs(data: bytes) -> Outputs:
    """Read the file's content.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _decoder.decode(data)
