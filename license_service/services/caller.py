"""Who asks, and the claim of a request to be done once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from license_service.errors import ForbiddenError


class Scope(StrEnum):
    """What an API key may do."""

    VERIFY = "verify"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    MATTERS_READ = "matters:read"
    AUDIT_READ = "audit:read"
    LOG_READ = "log:read"
    CREDIT_READ = "credit:read"
    CREDIT_WRITE = "credit:write"
    LICENSE_USES_READ = "license-uses:read"
    ERASURES_WRITE = "erasures:write"


@dataclass(frozen=True)
class Caller:
    """Name the tenant that asks, by which key, and what the key may do."""

    tenant: str
    key_id: str
    scopes: frozenset[Scope]

    def require(self, *scopes: Scope) -> None:
        """Refuse a key that has none of some scopes.

        Raises:
            ForbiddenError: if it lacks them.
        """
        if self.scopes.isdisjoint(scopes):
            raise ForbiddenError(f"the API key lacks the scope {' or '.join(scopes)}")


@dataclass(frozen=True)
class IdempotencyClaim:
    """Claim that a request is done once: equal keys with equal fingerprints get the stored answer."""

    route: str
    key: str
    fingerprint: str
