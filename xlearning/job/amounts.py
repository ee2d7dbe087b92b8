"""Amounts of data in words."""

from __future__ import annotations

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def bytes_text(count: int) -> str:
    """Return a number of bytes with three digits: `1 byte`, `12.3 MiB`, `450 GiB`."""
    if count == 1:
        return "1 byte"
    power = min((max(count, 1).bit_length() - 1) // 10, len(_UNITS) - 1)
    if power == 0:
        return f"{count} bytes"
    amount = count / (1 << 10 * power)
    digits = max(0, 3 - len(str(int(amount))))
    return f"{amount:.{digits}f} {_UNITS[power]}"


def input_text(size: int, local_share: float | None) -> str:
    """Return what is known of a job's input, "" when there is none."""
    if not size:
        return ""
    known = local_share is not None
    local = f", {local_share:.0%} on the tasks' own hosts" if known else ""
    return bytes_text(size) + local


def part_text(done: int, total: int) -> str:
    """Return how much of an amount is done: `1.20 of 4.00 GiB`."""
    whole = bytes_text(total)
    part = bytes_text(min(done, total))
    number, _, unit = part.partition(" ")
    return f"{number if whole.endswith(f' {unit}') else part} of {whole}"
