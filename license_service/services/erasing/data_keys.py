"""Replace the key that wraps data keys: whoever stole an old one, or an old backup, has nothing then."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from license_service.clock import Clock
from license_service.errors import KeyStateError
from license_service.services.ports import Store

_PAGE = 500


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

    def destroy(self, identifier: str) -> DataWrappingKey:
        """Remove a wrapping key that wraps nothing any more: backups it would open are closed for ever.

        Raises:
            KeyStateError: if it wraps something yet, or goes on wrapping.
        """
        with self._store.begin() as tx:
            count = tx.wrapped_by(identifier)
        if count:
            raise KeyStateError(f"{identifier} wraps {count} data keys: run `license-service erase rewrap`")
        return self._ring.destroy(identifier)
