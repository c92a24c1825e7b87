"""Erase again what a restored backup brought back, from the log published outside the database.

1. Open the last published checkpoint under the log's own keys, and hash every published entry up to its root:
   nothing is destroyed on the word of a file that somebody changed.
2. Every `data.erased` entry names a dossier. Those that are back lose keys and salts, as before.
3. Say in the log how many there were; the entries that erased them are not written a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from license_service.audit.checkpoint import open_checkpoint
from license_service.audit.entry import decode_entry
from license_service.audit.erasure import erasures
from license_service.audit.errors import AuditError
from license_service.audit.frontier import Frontier
from license_service.clock import Clock
from license_service.services.erasing.eraser import Eraser
from license_service.services.ports import LogPublication, Store
from license_service.services.proving.key_records import LogKey
from license_service.services.proving.operator_events import OperatorEventKind, record_operator_event

_PAGE = 100


@dataclass(frozen=True)
class ErasureReplay:
    """Say how many entries were read, how many dossiers they erased, and how many were back."""

    entries: int
    named: int
    erased: int

    def to_json(self) -> dict[str, Any]:
        """Return what the log says."""
        return dict(vars(self))


class ErasureReplayService:
    """Answer `license-service erase replay`."""

    def __init__(
        self, store: Store, clock: Clock, key: LogKey, publication: LogPublication, eraser: Eraser
    ) -> None:
        self._store, self._clock, self._key = store, clock, key
        self._publication, self._eraser = publication, eraser

    def replay(self) -> ErasureReplay:
        """Erase again.

        Raises:
            AuditError: if the published log is not what was signed; then nothing is erased.
        """
        size, named = self._named()
        pages = (named[begin : begin + _PAGE] for begin in range(0, len(named), _PAGE))
        done = ErasureReplay(size, len(named), sum(map(self._erase, pages)))
        with self._store.begin() as tx:
            kind, now = OperatorEventKind.ERASURES_REPLAYED, self._clock.now()
            record_operator_event(tx, kind, done.to_json(), now)
        return done

    def _named(self) -> tuple[int, list[str]]:
        note = self._publication.checkpoint()
        if note is None:
            return 0, []
        checkpoint, frontier = open_checkpoint(note, self._key.verifiers()), Frontier()
        named: list[str] = []
        for data in self._publication.entries(checkpoint.size):
            frontier.append(data)
            named += erasures([decode_entry(data)])
        if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
            raise AuditError("ROOT_MISMATCH", "the published log is not what was signed")
        return checkpoint.size, named

    def _erase(self, identifiers: Sequence[str]) -> int:
        now = self._clock.now()
        with self._store.begin() as tx:
            back = [item for item in tx.dossiers(identifiers) if item.erased_at is None]
            if back:
                self._eraser.destroy(tx, back, now)
        return len(back)
