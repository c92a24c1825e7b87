"""Replace a key: the new one signs, and what the old one signed still verifies.

That it happened is an event in the log, with a statement that both keys signed: whoever trusts the old key
can follow to the new one, and nobody who holds only one of them can say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from license_service.clock import Clock, format_instant
from license_service.services.ports import Store
from license_service.services.proving.key_records import KeyRecord, KeyRing, KeyState
from license_service.services.proving.operator_events import OperatorEventKind, record_operator_event

STATEMENT_TAG = "license-service/key-rotation/v1"


class KeyRotationService:
    """Answer `license-service keys rotate`, `retire`, `destroy` and `list` for one use."""

    def __init__(self, store: Store, clock: Clock, use: str, ring: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._use = use
        self._ring = ring

    def rotate(self, *, in_token: bool = False) -> KeyRecord:
        """Draw a new key, perhaps in the PKCS#11 token, and take it into use beside those that are.

        Raises:
            ConfigurationError: as `KeyRing.draw`.
        """
        now = self._clock.now()
        new = self._ring.draw(now, in_token=in_token)
        statement = new.attest(_text(self._ring.records(), new.record, now))
        with self._store.begin() as tx:
            if statement is not None:
                data = {"use": self._use, "statement": statement}
                record_operator_event(tx, OperatorEventKind.KEY_ROTATED, data, now)
            return self._ring.add(new)

    def retire(self, identifier: str) -> KeyRecord:
        """Let an old key sign no more; what it signed still verifies.

        Raises:
            KeyStateError: as `KeyRing.retire`.
        """
        return self._ring.retire(identifier, self._clock.now())

    def destroy(self, identifier: str) -> KeyRecord:
        """Remove the private part of a retired key.

        Raises:
            KeyStateError: as `KeyRing.destroy`.
        """
        return self._ring.destroy(identifier)

    def records(self) -> Sequence[KeyRecord]:
        """Return every key, the oldest first."""
        return self._ring.records()


def _text(records: Sequence[KeyRecord], new: KeyRecord, now: datetime) -> str:
    """Return what is signed: each active key, and the one that joins them."""
    old = [f"old {record.verifier}\n" for record in records if record.state is KeyState.ACTIVE]
    return f"{STATEMENT_TAG}\n{''.join(old)}new {new.verifier}\ntime {format_instant(now)}\n"
