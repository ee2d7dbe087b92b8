"""SequenceFiles that we wrote, read by Hadoop and by us."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup, read_all, settings
from tests.io.formats.test_sequence_input import COMPRESSIONS, INPUT
from tests.io.formats.test_text import joined
from tests.io.formats.writing import cut, write
from xlearning.errors import ConfigError
from xlearning.io.formats.part_files import CODEC_KEYS, COMPRESS_KEYS
from xlearning.io.formats.sequence_input import SequenceFileInput
from xlearning.io.formats.sequence_output import TYPE_KEYS, SequenceFileOutput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.formats.peers.peer import Peer


def printed() -> bytes:
    """Return lines of all lengths, empty ones too, the last without an end."""
    chance = random.Random(1)
    lengths = [0, 1, 127, 128, 255, 256, 70_000, *(chance.randrange(300),) * 5000]
    return b"\n".join(b"x" * length for length in lengths)


def asked(kind: str, codec: str) -> dict[str, str]:
    """Return properties for a compression."""
    name = f"org.apache.hadoop.io.compress.{codec}"
    return {
        COMPRESS_KEYS[0]: "true" if kind != "NONE" else "false",
        TYPE_KEYS[0]: kind,
        CODEC_KEYS[0]: name,
    }


@pytest.mark.java
@pytest.mark.parametrize("compression", COMPRESSIONS, ids="-".join)
def test_hadoop_reads_what_we_write(
    peer: Peer, tmp_path: Path, compression: tuple[str, str]
) -> None:
    data = printed()
    pieces = cut(data, 100_000)
    assert write(SequenceFileOutput(), tmp_path, pieces, asked(*compression)) == [
        "part-r"
    ]
    path = tmp_path / "part-r"
    (tmp_path / ".part-r.crc").unlink(missing_ok=True)
    block_bytes = {"fs.local.block.size": "150000"}
    splits = peer.read(INPUT, path, block_bytes)
    records = [record for split in splits for record in split.records]
    assert joined(records) == data + b"\n"
    assert read_all(SequenceFileInput(), [path], {}, 150_000) == data + b"\n"


@pytest.mark.parametrize("kind", ["NONE", "RECORD", "BLOCK"])
def test_zstd_and_nothing(tmp_path: Path, kind: str) -> None:
    write(
        SequenceFileOutput(), tmp_path / "a", [b"x\ny"], asked(kind, "ZStandardCodec")
    )
    assert read_all(SequenceFileInput(), [tmp_path / "a" / "part-r"]) == b"x\ny\n"
    write(SequenceFileOutput(), tmp_path / "b", [], asked(kind, "ZStandardCodec"))
    assert read_all(SequenceFileInput(), [tmp_path / "b" / "part-r"]) == b""


def test_an_aborted_file_is_gone(tmp_path: Path) -> None:
    writer = SequenceFileOutput().open(f"file://{tmp_path}", lookup, settings())
    writer.write(b"x\n")
    writer.abort()
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    for properties in ({TYPE_KEYS[1]: "all"}, {CODEC_KEYS[0]: "a.Codec"}):
        with pytest.raises(ConfigError):
            SequenceFileOutput().open(str(tmp_path), lookup, settings(properties))
