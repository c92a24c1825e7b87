"""API keys: shown once, kept as the digest of a random secret.

Form: `lic_live_<id>_<secret>_<crc32>`; the checksum lets scanners tell a leaked key from noise.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

from license_service.clock import Clock
from license_service.errors import InvalidRequestError, NotFoundError, UnauthenticatedError
from license_service.services.caller import Caller, Scope
from license_service.services.ports import Store
from license_service.services.records import IssuedKey

_PREFIX = "lic_live"
_LONGEST_DAYS = 365


class KeyService:
    """Create, recognize and end API keys."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, tenant: str, name: str, scopes: Iterable[Scope], days: int = _LONGEST_DAYS) -> str:
        """Create a key and return it; it cannot be shown again.

        Raises:
            InvalidRequestError: if it would live longer than a year, or has no scope.
        """
        caller = Caller(tenant, secrets.token_hex(8), frozenset(scopes))
        if not 0 < days <= _LONGEST_DAYS or not caller.scopes:
            raise InvalidRequestError("a key has at least one scope and lives from 1 to 365 days")
        body = f"{_PREFIX}_{caller.key_id}_{secrets.token_hex(32)}"
        expires_at = self._clock.now() + timedelta(days=days)
        with self._store.begin() as tx:
            tx.add_key(caller, name, _digest(body), expires_at)
        return f"{body}_{_checksum(body)}"

    def issued(self) -> Sequence[IssuedKey]:
        """Return the keys of every tenant."""
        with self._store.read() as tx:
            return tx.issued_keys()

    def revoke(self, key_id: str) -> None:
        """End a key now.

        Raises:
            NotFoundError: if there is none of that id, or it has ended.
        """
        with self._store.begin() as tx:
            if not tx.end_key(key_id, self._clock.now()):
                raise NotFoundError("no such API key, or it has ended")

    def authenticate(self, token: str) -> Caller:
        """Return whom a key names.

        Raises:
            UnauthenticatedError: if it is unknown, malformed or has ended; which of them is not said.
        """
        body, _, checksum = token.rpartition("_")
        parts = body.split("_")
        if len(parts) != 4 or checksum != _checksum(body):  # noqa: PLR2004 - lic, live, id, secret
            raise UnauthenticatedError("the API key is not valid")
        with self._store.read() as tx:
            found = tx.key(parts[2])
        if found is None:
            raise UnauthenticatedError("the API key is not valid")
        caller, digest, expires_at = found
        if not hmac.compare_digest(digest, _digest(body)) or expires_at <= self._clock.now():
            raise UnauthenticatedError("the API key is not valid")
        return caller


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode(errors='replace')):08x}"
