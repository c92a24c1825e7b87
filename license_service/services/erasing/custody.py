"""What keeps a dossier from being erased: something may follow from it, or its period runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from license_service.domain.case import EventKind
from license_service.domain.feedback import FeedbackState
from license_service.domain.retention import DossierKind, RetentionClass, RetentionPolicy, is_over
from license_service.errors import NotFoundError
from license_service.services.erasing.dossiers import Dossier
from license_service.services.ports import Transaction


@dataclass(frozen=True)
class Custody:
    """Say under which class a dossier is kept and until when; None: as long as `because` is so."""

    dossier: Dossier
    kept_by: RetentionClass
    until: datetime | None
    because: str = ""

    def is_ended(self, now: datetime) -> bool:
        """Tell whether nothing keeps the dossier any more."""
        return self.until is not None and self.until <= now


def look_after(
    tx: Transaction, policy: RetentionPolicy, dossier: Dossier, going: Collection[str] = ()
) -> Custody:
    """Return what keeps a dossier; what is erased with it, `going`, does not.

    Raises:
        NotFoundError: if there is nothing of that id any more.
        ErasedError: if it was erased already.
    """
    looks = {
        DossierKind.CASE: _case,
        DossierKind.VERIFICATION: _verification,
        DossierKind.BUNDLE: _bundle,
        DossierKind.BATCH: _batch,
        DossierKind.CREDIT: _credit,
    }
    return looks[dossier.kind](tx, policy, dossier, going)


def bundles_of(tx: Transaction, dossier: Dossier) -> Iterator[str]:
    """Yield the applications for bundles that a case came from."""
    for event in tx.events_of(dossier.tenant, dossier.id):
        if event.kind == EventKind.CASE_BUNDLED:
            yield json.loads(event.entry)["data"]["application"]


def _case(tx: Transaction, policy: RetentionPolicy, dossier: Dossier, _going: Collection[str]) -> Custody:
    stored = tx.case(dossier.tenant, dossier.id)
    if stored is None:
        raise NotFoundError("no such case")
    kept_by = policy.class_of(dossier.kind, stored.case.matter_code)
    waiting = [
        item.feedback.id
        for item in tx.feedback_of(dossier.tenant, dossier.id)
        if item.feedback.state in (FeedbackState.OPEN, FeedbackState.OVERDUE)
    ]
    if not is_over(stored.case) or waiting:
        because = f"complaint {waiting[0]}" if waiting else f"case {dossier.id} is {stored.case.state}"
        return Custody(dossier, kept_by, None, because)
    events = tx.events_of(dossier.tenant, dossier.id)
    last = max((event.created_at for event in events), default=dossier.opened_at)
    return Custody(dossier, kept_by, kept_by.kept_until(last))


def _verification(
    tx: Transaction, policy: RetentionPolicy, dossier: Dossier, going: Collection[str]
) -> Custody:
    kept_by = policy.class_of(dossier.kind)
    users = [case_id for case_id in tx.kept_users(dossier.id) if case_id not in going]
    if users:
        return Custody(dossier, kept_by, None, f"case {users[0]} is kept and uses it")
    return Custody(dossier, kept_by, kept_by.kept_until(dossier.opened_at))


def _bundle(tx: Transaction, policy: RetentionPolicy, dossier: Dossier, going: Collection[str]) -> Custody:
    stored, kept_by = tx.bundle_application(dossier.tenant, dossier.id), policy.class_of(dossier.kind)
    if stored is None:
        raise NotFoundError("no such application")
    if stored.handed_in:
        return Custody(dossier, kept_by, None, f"application {dossier.id} waits for a result")
    named = {record["case_id"] for record in stored.body["matters"] if record["case_id"]} - set(going)
    kept = [item.id for item in tx.dossiers(named) if item.erased_at is None]
    if kept:
        return Custody(dossier, kept_by, None, f"case {kept[0]} of it is kept")
    return Custody(dossier, kept_by, kept_by.kept_until(dossier.opened_at))


def _batch(_tx: Transaction, policy: RetentionPolicy, dossier: Dossier, _going: Collection[str]) -> Custody:
    kept_by = policy.class_of(dossier.kind)  # what was not judged by its end never will be
    return Custody(dossier, kept_by, kept_by.kept_until(dossier.opened_at))


def _credit(tx: Transaction, policy: RetentionPolicy, dossier: Dossier, _going: Collection[str]) -> Custody:
    record, kept_by = tx.credit_record(dossier.tenant, dossier.id), policy.class_of(dossier.kind)
    if record is None:
        raise NotFoundError("no such credit record")
    return Custody(dossier, kept_by, kept_by.kept_until(record.entry.until))
