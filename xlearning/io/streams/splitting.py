"""Makes splits of a job's input, in this process or in one of its own.

A format that only looks at lengths and blocks is asked right here. One that reads the
files, starts a JVM or is the user's own gets a process (`python -m
xlearning.io.streams`): its memory is given back, and what it breaks is not ours.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError, ConnectionLost
from xlearning.io.formats.base import DEFAULT_BLOCK_BYTES, SourceFile
from xlearning.io.formats.registry import find_input_format
from xlearning.io.streams.orders import (
    PROCESS,
    Failed,
    Made,
    MakeSplits,
    NewsReader,
    StreamSplit,
    encode,
)
from xlearning.io.transfer import TransferFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlearning.io.formats.base import Block
    from xlearning.io.splits import InputFile
    from xlearning.io.storage import StorageLookup


def source_files(
    files: Sequence[InputFile],
    blocks: Mapping[str, tuple[Block, ...]],
    properties: Mapping[str, str],
) -> dict[str, tuple[SourceFile, ...]]:
    """Return the files of each input as formats want them.

    Args:
        files: What was listed.
        blocks: Where their blocks are, as far as that is known.
        properties: Hadoop's, resolved.
    """
    usual = _block_bytes(properties)
    found: dict[str, list[SourceFile]] = {}
    for file in files:
        known = blocks.get(file.uri, ())
        # Blocks of a file have one length, but for the last; a lone one tells nothing.
        size = known[0].length if len(known) > 1 else usual
        source = SourceFile(file.uri, file.length, size, known)
        found.setdefault(file.alias, []).append(source)
    return {alias: tuple(sources) for alias, sources in found.items()}


def _block_bytes(properties: Mapping[str, str]) -> int:
    text = properties.get("dfs.blocksize", "").strip().lower()
    digits, unit = text.rstrip("kmgb"), text[-1:]
    if not digits.isdecimal():
        return DEFAULT_BLOCK_BYTES
    factor = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(unit, 1)
    return int(digits) * factor or DEFAULT_BLOCK_BYTES


def make_splits(order: MakeSplits, storages: StorageLookup) -> tuple[StreamSplit, ...]:
    """Return the splits of all inputs, in order.

    Raises:
        ConnectionLost: A server does not answer.
        XLearningError: A file cannot be read, or is none of the format's.
    """
    if not find_input_format(order.setup.format).looks_into_files:
        return splits_here(order, storages)
    words = [*PROCESS, "0", "1"]
    done = subprocess.run(words, input=encode(order), stdout=-1, check=False)
    try:
        [last] = NewsReader().feed(done.stdout)
    except (ValueError, msgspec.MsgspecError) as error:
        how = f"the process that makes its splits ended with {done.returncode}"
        text = f"`{order.setup.format}`: {how}"
        hint = "what it said is in stderr of the ApplicationMaster"
        raise TransferFailed(text, hint=hint) from error
    if isinstance(last, Failed):
        kind = ConnectionLost if last.may_pass else ConfigError
        raise kind(last.reason, hint=last.hint or None)
    assert isinstance(last, Made)
    return last.splits


def splits_here(order: MakeSplits, storages: StorageLookup) -> tuple[StreamSplit, ...]:
    """Ask the format in this process.

    Raises:
        XLearningError: A setting is wrong, or a file is none of the format's.
        OSError: A file cannot be read.
    """
    source = find_input_format(order.setup.format)
    return tuple(
        StreamSplit(alias, split)
        for alias, files in order.files.items()
        for split in source.splits(files, storages, order.setup.settings)
    )
