"""Blind indexes: who holds the key finds a person's rows without a clear id in any of them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_TAG = "license-service/blind-index/v1"


@dataclass(frozen=True)
class BlindIndex:
    """Turn ids into indexes that nobody without the key can turn back, or even try out."""

    secret: bytes = field(repr=False)

    def of_applicant(self, tenant: str, identifier: str) -> str:
        """Return the index of an applicant: one for a tenant, so that two do not learn whom both know."""
        return self._index(f"applicant {tenant}", identifier)

    def of_holder(self, identifier: str) -> str:
        """Return the index of a holder: one everywhere, so that their rows are found."""
        return self._index("holder", identifier)

    def of_actor(self, case_id: str, identifier: str) -> str:
        """Return the index of who acts in a case: one within it, so that the log links nobody's cases."""
        return self._index(f"actor {case_id}", identifier)

    def _index(self, use: str, identifier: str) -> str:
        message = f"{_TAG}\n{use}\n{identifier.upper()}"
        return hmac.digest(self.secret, message.encode(), hashlib.sha256).hex()
