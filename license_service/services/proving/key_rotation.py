"""Replace the log's key: the new one signs beside the old until the old one is retired.

That it happened is an event in the log, with a statement that both keys signed: whoever trusts the old key
can follow to the new one, and nobody who holds only one of them can say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from license_service.audit.note import NoteSigner
from license_service.clock import Clock, format_instant
from license_service.services.ports import Store
from license_service.services.proving.key_records import KeyRecord, KeyRing
from license_service.services.proving.operator_events import OperatorEventKind, record_operator_event

STATEMENT_TAG = "license-service/key-rotation/v1"


class KeyRotationService:
    """Answer `license-service keys rotate`, `retire`, `destroy` and `list`."""

    def __init__(self, store: Store, clock: Clock, ring: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._ring = ring

    def rotate(self, *, in_token: bool = False) -> KeyRecord:
        """Draw a new key, perhaps in the PKCS#11 token, and let it sign beside those that do.

        Raises:
            ConfigurationError: as `KeyRing.draw`.
        """
        now, new = self._clock.now(), self._ring.draw(in_token=in_token)
        with self._store.begin() as tx:
            data = {"use": "log", "statement": _statement(self._ring.signer(), new, now)}
            record_operator_event(tx, OperatorEventKind.KEY_ROTATED, data, now)
            return self._ring.add(new, now)

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


def _statement(old: NoteSigner, new: NoteSigner, now: datetime) -> str:
    """Return a note that every active key and the new one signed."""
    text = f"{STATEMENT_TAG}\nold {old.verifier}\nnew {new.verifier}\ntime {format_instant(now)}\n"
    return NoteSigner(old.name, old.private_key, old.sm2, (*old.others, new.private_key)).sign(text)
