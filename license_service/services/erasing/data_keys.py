"""Replace the key that wraps data keys, so that old copies are closed, and seal what was in the clear."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from license_service.clock import Clock
from license_service.domain.retention import DossierKind
from license_service.errors import KeyStateError
from license_service.services.ports import Store

_PAGE = 500
_SEALED_AT_ONCE = 50
"""Dossiers of one transaction: each may have dozens of rows."""


class DataWrappingKey(Protocol):
    """Describe a wrapping key."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def created(self) -> str: ...  # noqa: D102

    @property
    def state(self) -> str: ...  # noqa: D102

    @property
    def algorithm(self) -> str: ...  # noqa: D102


class DataKeyRingPort(Protocol):
    """Hold wrapping keys."""

    def records(self) -> tuple[DataWrappingKey, ...]:
        """Return every key, the oldest first."""

    def rotate(self, now: datetime) -> DataWrappingKey:
        """Draw a new key that wraps from now on."""

    def destroy(self, identifier: str) -> DataWrappingKey:
        """Remove a key.

        Raises:
            KeyStateError: if it is the one that wraps, or there is none of that id.
        """


class DataKeyService:
    """Answer `license-service keys … data` and `erase rewrap`."""

    def __init__(self, store: Store, clock: Clock, ring: DataKeyRingPort) -> None:
        self._store, self._clock, self._ring = store, clock, ring

    def records(self) -> tuple[DataWrappingKey, ...]:
        """Return every wrapping key, the oldest first."""
        return self._ring.records()

    def rotate(self) -> DataWrappingKey:
        """Draw a new wrapping key; what older ones wrap still opens."""
        return self._ring.rotate(self._clock.now())

    def rewrap(self) -> int:
        """Wrap every data key under the newest; return how many changed."""
        changed = 0
        while True:
            with self._store.begin() as tx:
                count = tx.rewrap(_PAGE)
            if not count:
                return changed
            changed += count

    def seal_earlier(self) -> int:
        """Seal what an earlier version wrote in the clear; return how many dossiers that were."""
        sealed = sum(map(self._seal_kind, DossierKind))
        while True:
            with self._store.begin() as tx:
                count = tx.seal_answers(_PAGE)
            if not count:
                return sealed

    def _seal_kind(self, kind: DossierKind) -> int:
        sealed, after = 0, ""
        while True:
            with self._store.begin() as tx:
                count, after = tx.seal_earlier(kind, after, _SEALED_AT_ONCE)
            sealed += count
            if not after:
                return sealed

    def destroy(self, identifier: str) -> DataWrappingKey:
        """Remove a wrapping key that wraps nothing any more: backups it would open are closed for ever.

        Raises:
            KeyStateError: if it wraps something yet, or goes on wrapping.
        """
        with self._store.read() as tx:
            count = tx.wrapped_by(identifier)
        if count:
            raise KeyStateError(f"{identifier} wraps {count} data keys: run `license-service erase rewrap`")
        return self._ring.destroy(identifier)
