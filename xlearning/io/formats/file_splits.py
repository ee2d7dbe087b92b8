"""Splits of files by their blocks, as Hadoop's `FileInputFormat` makes them. Pure.

A split is a whole number of bytes, not of records: readers move its ends to the next
record. The last split of a file may be a tenth larger than the others (`SPLIT_SLOP`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xlearning.io.formats.base import DEFAULT_BLOCK_BYTES, Piece, RecordSplit
from xlearning.io.formats.properties import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xlearning.io.formats.base import SourceFile

_SLOP = 1.1
_MAX_HOSTS = 3
_NO_LIMIT = 1 << 63
MIN_KEYS = ("mapreduce.input.fileinputformat.split.minsize", "mapred.min.split.size")
MAX_KEYS = ("mapreduce.input.fileinputformat.split.maxsize", "mapred.max.split.size")


def file_splits(
    files: Sequence[SourceFile],
    properties: Mapping[str, str],
    splittable: Callable[[str], bool],
    least_bytes: int = 1,
) -> tuple[RecordSplit, ...]:
    """Return the splits of files, in order; an empty file is one empty split.

    Args:
        files: What to split.
        properties: Hadoop's.
        splittable: Says by its URL whether a file can be read from the middle.
        least_bytes: What the format itself wants a split to be at least.

    Raises:
        ConfigError: A size is no number.
    """
    least = max(least_bytes, integer(properties, 1, *MIN_KEYS))
    most = integer(properties, _NO_LIMIT, *MAX_KEYS) or _NO_LIMIT
    return tuple(
        RecordSplit((piece,), hosts_of(file, piece))
        for file in files
        for piece in pieces(file, least, most if splittable(file.uri) else None)
    )


def pieces(file: SourceFile, least: int, most: int | None) -> Iterator[Piece]:
    """Yield the ranges of a file; all of it at once where `most` is None."""
    if most is None or not file.length:
        yield Piece(file.uri, 0, file.length, file.length)
        return
    size = max(least, min(most, file.block_bytes or DEFAULT_BLOCK_BYTES))
    start = 0
    while (file.length - start) / size > _SLOP:
        yield Piece(file.uri, start, size, file.length)
        start += size
    yield Piece(file.uri, start, file.length - start, file.length)


def hosts_of(file: SourceFile, piece: Piece) -> tuple[str, ...]:
    """Return the hosts that have most of a range, the best first."""
    held: Counter[str] = Counter()
    for block in file.blocks:
        end = min(block.offset + block.length, piece.end)
        shared = end - max(block.offset, piece.start)
        if shared > 0:
            for host in block.hosts:
                held[host] += shared
    return tuple(host for host, _ in held.most_common(_MAX_HOSTS))


def combined(
    files: Sequence[SourceFile],
    properties: Mapping[str, str],
    splittable: Callable[[str], bool],
) -> tuple[RecordSplit, ...]:
    """Pack files and blocks into splits of up to the maximum size.

    Pieces that have their best host in common come together. Hadoop packs all of a host
    into one split where no maximum is set; here it is the largest block size then, so
    that several workers have something to read.

    Raises:
        ConfigError: A size is no number.
    """
    largest = max((file.block_bytes for file in files), default=0)
    most = integer(properties, 0, *MAX_KEYS) or largest or DEFAULT_BLOCK_BYTES
    by_host: dict[str, list[tuple[SourceFile, Piece]]] = {}
    for file in files:
        for piece in pieces(file, 1, most if splittable(file.uri) else None):
            best = hosts_of(file, piece)[:1]
            by_host.setdefault("".join(best), []).append((file, piece))
    return tuple(
        RecordSplit(tuple(piece for _, piece in pack), _hosts(pack))
        for group in by_host.values()
        for pack in _packs(group, most)
    )


def _packs(
    group: Sequence[tuple[SourceFile, Piece]], most: int
) -> Iterator[list[tuple[SourceFile, Piece]]]:
    pack: list[tuple[SourceFile, Piece]] = []
    total = 0
    for file, piece in group:
        if pack and total + piece.length > most:
            yield pack
            pack, total = [], 0
        pack.append((file, piece))
        total += piece.length
    yield pack


def _hosts(pack: Sequence[tuple[SourceFile, Piece]]) -> tuple[str, ...]:
    held: Counter[str] = Counter()
    for file, piece in pack:
        for host in hosts_of(file, piece):
            held[host] += piece.length
    return tuple(host for host, _ in held.most_common(_MAX_HOSTS))
