"""Erase dossiers: say so in the log, destroy keys and salts, remove documents, all in one transaction.

Documents go first and the transaction commits last: where it does not, the dossier is still there to be
erased again, and only documents are missing that were to go anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.domain.case import Event, EventKind
from license_service.domain.retention import DossierKind, ErasureReason
from license_service.services.blind_index import BlindIndex
from license_service.services.erasing.custody import Custody
from license_service.services.erasing.dossiers import Dossier
from license_service.services.ports import InputArchive, Transaction
from license_service.services.recording import record_event
from license_service.services.verifying.archive import register_entries_of


@dataclass(frozen=True)
class ErasureGrounds:
    """Say why something is erased: one id for all that goes together, a code, the law, and who decided."""

    erasure: str
    reason: ErasureReason
    basis: str
    officer: str = ""


@dataclass(frozen=True)
class Eraser:
    """Hold where documents are, and how they are found."""

    archive: InputArchive | None
    index: BlindIndex

    def erase(
        self, tx: Transaction, ended: Sequence[Custody], grounds: ErasureGrounds, now: datetime
    ) -> list[dict[str, Any]]:
        """Erase dossiers that nothing keeps; return what each was and the event that says so.

        Raises:
            StoreUnavailableError: if a document cannot be removed.
        """
        told = [self._tell(tx, item, grounds, now) for item in ended]
        self.destroy(tx, [item.dossier for item in ended], now)
        return told

    def destroy(self, tx: Transaction, dossiers: Sequence[Dossier], now: datetime) -> None:
        """Erase without a word in the log, where it is said already.

        Raises:
            StoreUnavailableError: if a document cannot be removed.
        """
        ids = [item.id for item in dossiers]
        heard = [name for item in dossiers for name in self._heard(tx, item)]
        marks = tx.marks_of(ids)
        tx.erase_dossiers(ids, now)
        if self.archive is not None:
            self.archive.erase_documents([*(set(marks) - set(tx.marked(marks))), *heard])

    def _tell(self, tx: Transaction, item: Custody, grounds: ErasureGrounds, now: datetime) -> dict[str, Any]:
        dossier = item.dossier
        data = {
            "dossier": dossier.id,
            "of": dossier.kind.value,
            "class": item.kept_by.name,
            "erasure": grounds.erasure,
            "reason": grounds.reason.value,
            "basis": grounds.basis,
            "officer": grounds.officer,
        }
        case_id = dossier.id if dossier.kind is DossierKind.CASE else None
        said = Event(EventKind.DATA_ERASED, data)
        event = record_event(tx, dossier.tenant, case_id, said, now, subject=dossier.id)
        return {"dossier": dossier.id, "of": dossier.kind.value, "event": event.id}

    def _heard(self, tx: Transaction, dossier: Dossier) -> Iterator[str]:
        """Yield the names of what registers said for a verdict, which is kept like documents."""
        if self.archive is None or dossier.kind is not DossierKind.VERIFICATION:
            return
        answer = tx.verification(dossier.tenant, dossier.id)
        if answer is not None:
            digest = answer["report"].get("evidence", {}).get("digest", "")
            yield from map(self.index.of_document, register_entries_of(self.archive, digest))
