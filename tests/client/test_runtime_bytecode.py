from __future__ import annotations

import importlib.util
import marshal
from pathlib import Path

from xlearning.client.runtime_bytecode import byte_code
from xlearning.client.runtime_content import Entry


def test_byte_code_is_never_compared_with_its_source() -> None:
    data = byte_code(Entry("lib/a.py", data=b"A = 1\n"))
    assert data is not None
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert data[4:8] == b"\x01\0\0\0"
    assert data[8:16] == importlib.util.source_hash(b"A = 1\n")
    found: dict[str, int] = {}
    exec(marshal.loads(data[16:]), found)
    assert found["A"] == 1


def test_byte_code_that_is_there_is_used_again(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_bytes(b"A = 1\n")
    fresh = byte_code(Entry("a.py", source))
    status = source.stat()
    cache = Path(importlib.util.cache_from_source(str(source)))
    cache.parent.mkdir()
    numbers = (int(status.st_mtime), status.st_size)
    header = b"".join(number.to_bytes(4, "little") for number in numbers)
    cache.write_bytes(importlib.util.MAGIC_NUMBER + bytes(4) + header + b"code")
    assert fresh is not None
    assert byte_code(Entry("a.py", source)) == fresh[:16] + b"code"
    source.write_bytes(b"A = 22\n")
    assert byte_code(Entry("a.py", source)) != fresh[:16] + b"code"


def test_a_source_that_does_not_compile_has_none() -> None:
    assert byte_code(Entry("template.py", data=b"{% if python %}")) is None
