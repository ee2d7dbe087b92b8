"""The table that `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One comparison, of medians.

    Attributes:
        name: What was measured.
        ours: Our values.
        unit: Their unit.
        limit: How much is wanted at the most: of ours, or of the ratio.
        floor: The floor's values, empty where it has none.
        limits_ratio: Whether the limit is one of ours divided by the floor's.
    """

    name: str
    ours: list[float]
    unit: str
    limit: float | None = None
    floor: tuple[float, ...] = ()
    limits_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours divided by the floor's."""
        return median(self.ours) / median(self.floor) if self.floor else None

    @property
    def verdict(self) -> str:
        """`ok` or `over`, with the limit."""
        if self.limit is None:
            return ""
        value = self.ratio if self.limits_ratio else median(self.ours)
        assert value is not None, "a limit of a ratio needs a floor"
        sign = "x" if self.limits_ratio else f" {self.unit}"
        word = "ok" if value <= self.limit else "OVER"
        return f"{word} (at most {self.limit:.4g}{sign})"


def lines(rows: list[Row]) -> list[str]:
    """Return the table."""
    width = max(len(row.name) for row in rows)
    head = f"{'':{width}}  {'floor':>12}  {'ours':>12}  {'ratio':>6}"
    return [head, *(_line(row, width) for row in rows)]


def _line(row: Row, width: int) -> str:
    floor = _shown(median(row.floor), row.unit) if row.floor else ""
    ratio = f"{row.ratio:.2f}x" if row.ratio is not None else ""
    ours = _shown(median(row.ours), row.unit)
    return (
        f"{row.name:{width}}  {floor:>12}  {ours:>12}  {ratio:>6}  {row.verdict}"
    ).rstrip()


def _shown(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}"
