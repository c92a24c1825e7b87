"""Find what is kept about an applicant without keeping the id: a keyed digest in its place."""

from __future__ import annotations

import hashlib
import hmac

_TAG = "license-service/credit-index/v1"


class BlindIndex:
    """Turn ids into indexes under a secret: who reads the database alone cannot try ids out.

    The tenant is under the digest too, so that two tenants cannot find out that they know the same person.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, tenant: str, identifier: str) -> str:
        """Return the index of an id, in whatever case it is written."""
        message = f"{_TAG}\n{tenant}\n{identifier.upper()}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
