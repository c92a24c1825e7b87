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

    def of_actor(self, case_id: str, salt: str, identifier: str) -> str:
        """Return the index of who acts in a case: one within it, so that the log links nobody's cases.

        The salt is kept with the case: once it is erased, not even who holds the key can try an id out.
        """
        return self._index(f"actor {case_id} {salt}", identifier)

    def of_document(self, sha256: str) -> str:
        """Return the index of a document: one everywhere, so that it is kept once and found."""
        return self._index("document", sha256)

    def of_request(self, fingerprint: str) -> str:
        """Return the index of a request, so that nobody guesses from its digest what a short one said."""
        return self._index("request", fingerprint)

    def _index(self, use: str, identifier: str) -> str:
        message = f"{_TAG}\n{use}\n{identifier.upper()}"
        return hmac.digest(self.secret, message.encode(), hashlib.sha256).hex()
