"""Cursors that callers hand back unread: which list, whose, and how far; signed, so none is made up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from license_service.errors import CursorInvalidError

_MAC_BYTES = 16
_TAG = b"license-service/cursor/v1\n"


@dataclass(frozen=True)
class CursorKey:
    """Sign and open cursors of one list of one tenant.

    The first of `secrets` seals; cursors that any of them sealed open, since readers keep theirs.
    """

    secrets: Callable[[], Sequence[bytes]]

    def seal(self, tenant: str, listing: str, position: int) -> str:
        """Return the cursor that continues a tenant's listing behind `position`."""
        body = str(position).encode()
        return (
            base64.urlsafe_b64encode(_mac(self.secrets()[0], tenant, listing, body) + body)
            .rstrip(b"=")
            .decode()
        )

    def open(self, tenant: str, listing: str, cursor: str) -> int:
        """Return the position in a cursor.

        Raises:
            CursorInvalidError: if it was not sealed here for this tenant and listing.
        """
        try:
            data = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (UnicodeEncodeError, binascii.Error) as error:
            raise CursorInvalidError("the cursor is malformed") from error
        mac, body = data[:_MAC_BYTES], data[_MAC_BYTES:]
        expected = [_mac(secret, tenant, listing, body) for secret in self.secrets()]
        if not any(hmac.compare_digest(mac, one) for one in expected):
            raise CursorInvalidError("the cursor is not one of this list")
        return int(body)


def _mac(secret: bytes, tenant: str, listing: str, body: bytes) -> bytes:
    # Lengths in front, so that no two lists share a message.
    parts = b"".join(f"{len(text.encode())}:{text}".encode() for text in (tenant, listing))
    return hmac.digest(secret, _TAG + parts + body, hashlib.sha256)[:_MAC_BYTES]
