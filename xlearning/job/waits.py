"""What has failed and is tried again. Pure."""

from __future__ import annotations

import msgspec


class Wait(msgspec.Struct, frozen=True):
    """Something that has failed and is tried again.

    Attributes:
        what: What could not be done, with the file's name in it.
        reason: Why, the last time.
        since_ms: When it failed first, since the epoch.
        until_ms: When it is given up if nothing changes.
    """

    what: str
    reason: str
    since_ms: int
    until_ms: int

    @property
    def words(self) -> str:
        """Both in one sentence."""
        return f"{self.what}: {self.reason}"
