"""Files that are written, compressed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup
from tests.io.formats.test_codecs import COMPRESS, unpack
from xlearning.errors import ConfigError
from xlearning.io.formats.part_files import (
    CODEC_KEYS,
    COMPRESS_KEYS,
    PLAIN,
    SIZE_KEY,
    PartFile,
    compression_of,
    max_file_bytes,
    part_url,
)

if TYPE_CHECKING:
    from pathlib import Path

EXTENSIONS = {
    "GzipCodec": ".gz",
    "DefaultCodec": ".deflate",
    "DeflateCodec": ".deflate",
    "BZip2Codec": ".bz2",
    "SnappyCodec": ".snappy",
    "Lz4Codec": ".lz4",
    "ZStandardCodec": ".zst",
}


@pytest.mark.parametrize("codec", EXTENSIONS)
@pytest.mark.parametrize("pieces", [[], [b"a", b"", b"b" * 3_000_000, b"c"]], ids=len)
def test_files_are_read_again(tmp_path: Path, codec: str, pieces: list[bytes]) -> None:
    compression = compression_of({CODEC_KEYS[0]: f"{COMPRESS}.{codec}"}, default=True)
    file = PartFile(part_url(str(tmp_path), 7), lookup, compression)
    for piece in pieces:
        file.write(piece)
    file.close()
    path = tmp_path / f"part-r-007{EXTENSIONS[codec]}"
    assert file.size == sum(map(len, pieces))
    assert unpack(path) == b"".join(pieces)


def test_an_aborted_file_is_gone(tmp_path: Path) -> None:
    file = PartFile(part_url(str(tmp_path), 1000), lookup)
    file.write(b"x" * 2_000_000)
    file.abort()
    assert list(tmp_path.iterdir()) == []


def test_properties_say_how_to_compress() -> None:
    assert compression_of({}, default=False) is PLAIN
    assert compression_of({}, default=True).extension == ".gz"
    assert compression_of({COMPRESS_KEYS[1]: "false"}, default=True) is PLAIN
    with pytest.raises(ConfigError, match=r"`a\.Codec` without Java"):
        compression_of({CODEC_KEYS[1]: "a.Codec"}, default=True)


def test_properties_say_how_large_files_are() -> None:
    assert max_file_bytes({}) == 512 << 20
    assert max_file_bytes({SIZE_KEY: "7"}) == 7
    with pytest.raises(ConfigError, match="nothing fits"):
        max_file_bytes({SIZE_KEY: "0"})
