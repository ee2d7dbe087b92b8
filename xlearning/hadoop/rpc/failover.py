"""Which of several servers to try next, and after which pause. Pure.

A standby ResourceManager does not open its scheduler port at all, so "refused" means
"the next one". The first round goes without a pause; then pauses double.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port`."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `host:port`, e.g. `[::1]:8030`.

        Raises:
            ValueError: `text` has another form.
        """
        host, _, port = text.strip().rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"`{text}` is not a `host:port`")
        return cls(host.strip("[]"), int(port))


class Failover:
    """A choice among addresses that remembers who answered.

    Attributes:
        pause_s: How long to wait before the next try.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        first_pause_s: float = 0.2,
        longest_pause_s: float = 5.0,
    ) -> None:
        """Begin with the first address.

        Args:
            addresses: At least one.
            first_pause_s: After every address has failed once; doubles from there.
            longest_pause_s: No pause is longer.
        """
        self._addresses = tuple(addresses)
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._index = 0
        self._failures = 0

    @property
    def current(self) -> Address:
        """The address to try now."""
        return self._addresses[self._index]

    @property
    def count(self) -> int:
        """How many addresses there are."""
        return len(self._addresses)

    @property
    def pause_s(self) -> float:
        """How long to wait before the next try, in seconds."""
        rounds = self._failures // len(self._addresses)
        if rounds == 0:
            return 0.0
        doubled = self._first_pause_s * 2.0 ** min(rounds - 1, 30)
        return min(doubled, self._longest_pause_s)

    def failed(self) -> None:
        """Note that the current address did not answer, and go to the next."""
        self._failures += 1
        self._index = (self._index + 1) % len(self._addresses)

    def answered(self) -> None:
        """Note that the current address serves us."""
        self._failures = 0
