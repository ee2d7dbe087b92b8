"""Hadoop's Writables as bytes, and as the text that their `toString` gives. Pure."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = "org.apache.hadoop.io."
TEXT = f"{PACKAGE}Text"
BYTES = f"{PACKAGE}BytesWritable"
NULL = f"{PACKAGE}NullWritable"
LONG = f"{PACKAGE}LongWritable"

_LENGTH_BYTES = 4


def read_vint(data: bytes, place: int) -> tuple[int, int]:
    """Read a number as `WritableUtils.writeVLong` writes it; return the next place too.

    Raises:
        IndexError: The data ends before the number does.
    """
    first = data[place]
    if first < 0x80:
        return first, place + 1
    if first >= 0x90:  # -112 and more stand for themselves
        return first - 0x100, place + 1
    negative = first < 0x88
    size = (0x88 if negative else 0x90) - first
    end = place + 1 + size
    if end > len(data):
        raise IndexError("a number ends too early")
    number = int.from_bytes(data[place + 1 : end], "big")
    return ~number if negative else number, end


def write_vint(number: int) -> bytes:
    """Write a number as `WritableUtils.writeVLong` does."""
    if -112 <= number < 128:
        return bytes([number & 0xFF])
    plain = ~number if number < 0 else number
    size = (plain.bit_length() + 7) // 8
    first = (0x88 if number < 0 else 0x90) - size
    return bytes([first]) + plain.to_bytes(size, "big")


def vints(data: bytes) -> list[int]:
    """Read numbers until the data ends.

    Raises:
        IndexError: It ends before the last number does.
    """
    if data.isascii():  # each is one byte: the usual case, at C's speed
        return list(data)
    numbers: list[int] = []
    place = 0
    while place < len(data):
        number, place = read_vint(data, place)
        numbers.append(number)
    return numbers


def text_head(size: int) -> int:
    """Return how many bytes of a serialised Text say its length.

    Args:
        size: Of all of it.
    """
    if size <= 1 + 0x7F:
        return 1
    return 1 + next(more for more in range(1, 6) if size <= 1 + more + 256**more - 1)


def plain_text(data: bytes) -> bytes:
    """Return the text of a Text."""
    length, place = read_vint(data, 0)
    if place + length != len(data) or length < 0:
        raise ValueError(f"a Text of {len(data)} bytes says that it has {length}")
    return data[place:]


def plain_bytes(data: bytes) -> bytes:
    """Return a BytesWritable as Java prints it: `0a ff`."""
    if len(data) < _LENGTH_BYTES:
        raise ValueError("a BytesWritable has no length")
    length = int.from_bytes(data[:_LENGTH_BYTES], "big")
    if length != len(data) - _LENGTH_BYTES:
        raise ValueError(f"a BytesWritable of {len(data)} bytes says it has {length}")
    return data[_LENGTH_BYTES:].hex(" ").encode()


def java_number(digits: str) -> bytes:
    """Write the shortest digits of a fraction as `Double.toString` does."""
    number = Decimal(digits)
    if not number.is_finite():
        return {"Infinity": b"Infinity", "-Infinity": b"-Infinity"}.get(
            str(number), b"NaN"
        )
    sign, figures, _ = number.as_tuple()
    shown = "".join(map(str, figures)).rstrip("0") or "0"
    power = number.adjusted() if number else 0
    minus = "-" if sign else ""
    if number and not -3 <= power < 7:
        return f"{minus}{shown[0]}.{shown[1:] or '0'}E{power}".encode()
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{shown}".encode()
    whole = shown[: power + 1].ljust(power + 1, "0")
    return f"{minus}{whole}.{shown[power + 1 :] or '0'}".encode()


def _float(data: bytes) -> bytes:
    (number,) = struct.unpack(">f", data)
    tried = (f"{number:.{precision}g}" for precision in range(1, 10))
    shortest = (text for text in tried if struct.pack(">f", float(text)) == data)
    return java_number(next(shortest, "nan"))


def _double(data: bytes) -> bytes:
    (number,) = struct.unpack(">d", data)
    return java_number(repr(number))


def _integer(size: int) -> Callable[[bytes], bytes]:
    def read(data: bytes) -> bytes:
        if len(data) != size:
            raise ValueError(f"a number of {size} bytes has {len(data)}")
        return str(int.from_bytes(data, "big", signed=True)).encode()

    return read


def _vint(data: bytes) -> bytes:
    number, end = read_vint(data, 0)
    if end != len(data):
        raise ValueError("a number is followed by something else")
    return str(number).encode()


def _boolean(data: bytes) -> bytes:
    return b"true" if data != b"\0" else b"false"


def _null(data: bytes) -> bytes:
    return b"(null)"


PLAIN: dict[str, Callable[[bytes], bytes]] = {
    TEXT: plain_text,
    BYTES: plain_bytes,
    NULL: _null,
    LONG: _integer(8),
    f"{PACKAGE}IntWritable": _integer(4),
    f"{PACKAGE}ShortWritable": _integer(2),
    f"{PACKAGE}ByteWritable": _integer(1),
    f"{PACKAGE}VIntWritable": _vint,
    f"{PACKAGE}VLongWritable": _vint,
    f"{PACKAGE}BooleanWritable": _boolean,
    f"{PACKAGE}FloatWritable": _float,
    f"{PACKAGE}DoubleWritable": _double,
}
"""Java class to what gives the text of its serialised form, or a ValueError,
IndexError or struct.error for damage."""
