"""Byte code of the runtime's Python sources.

It is never compared with its source (PEP 552's unchecked hash): time stamps do not
survive an archive. What pip or Python compiled already is used again.
"""

from __future__ import annotations

import importlib.util
import marshal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.client.runtime_content import Entry

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_TIME_STAMP = bytes(4)
_HEADER_BYTES = 16


def byte_code(entry: Entry) -> bytes | None:
    """Return the content of a source's .pyc, None if it does not compile."""
    source = entry.content()
    code = _present_code(entry) or _fresh_code(entry.name, source)
    if code is None:
        return None
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH
    return header + importlib.util.source_hash(source) + code


def _present_code(entry: Entry) -> bytes:
    """Return the code in a .pyc that is as new as its source, b"" if there is none."""
    if entry.source is None:
        return b""
    try:
        data = Path(importlib.util.cache_from_source(str(entry.source))).read_bytes()
        status = entry.source.stat()
    except OSError:
        return b""
    numbers = (int(status.st_mtime), status.st_size)
    wanted = importlib.util.MAGIC_NUMBER + _TIME_STAMP
    wanted += b"".join((n & 0xFFFFFFFF).to_bytes(4, "little") for n in numbers)
    return data[_HEADER_BYTES:] if data[:_HEADER_BYTES] == wanted else b""


def _fresh_code(name: str, source: bytes) -> bytes | None:
    try:
        return marshal.dumps(compile(source, name, "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return None  # a template or a file for another Python: it stays a source
