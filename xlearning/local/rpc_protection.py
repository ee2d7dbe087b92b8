"""Signing and sealing at the server's end: the client's, with directions swapped. Pure.

Of the ciphers only rc4 is offered, which every client of Hadoop knows: its two
directions are the same sum, so that swapping them is all there is to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.protection import Integrity, Privacy

if TYPE_CHECKING:
    from xlearning.hadoop.rpc.digest_md5 import Digest
    from xlearning.hadoop.rpc.protection import Wrapping


class ServerIntegrity(Integrity):
    """Every token is signed."""

    def __init__(self, session_key: bytes) -> None:
        """Sign with the server's key, check with the client's."""
        super().__init__(session_key)
        self._sent, self._received = self._received, self._sent


class ServerPrivacy(Privacy):
    """Every token is signed and sealed with rc4."""

    def __init__(self, session_key: bytes) -> None:
        """Seal with the server's key, open with the client's."""
        super().__init__(session_key, "rc4")
        self._sent, self._received = self._received, self._sent
        self._seal, self._open = self._open, self._seal


def server_wrapping(digest: Digest) -> Wrapping | None:
    """Return what the agreed protection asks for, None where that is nothing."""
    match digest.protection:
        case Protection.AUTHENTICATION:
            return None
        case Protection.INTEGRITY:
            return ServerIntegrity(digest.session_key)
        case Protection.PRIVACY:
            return ServerPrivacy(digest.session_key)
