"""Credit records: entered by officers, looked up, objected to and repaired, each with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from license_service.clock import Clock
from license_service.domain.acts import Act, ActKind, Ruling
from license_service.domain.case import Event, EventKind
from license_service.domain.credit import CreditAction, CreditEntry, CreditRecord
from license_service.domain.credit_json import record_to_json
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import end_of
from license_service.errors import InvalidRequestError, NotFoundError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.case_book import CaseBook, record_credit_event
from license_service.services.ports import Store


@dataclass(frozen=True)
class OfficialEntry:
    """Hold what an officer enters: who is listed for serious dishonesty, where it counts, and until when."""

    applicant_id: str
    matter: str
    last_day: date
    basis: str
    reason: str
    officer: str


class CreditService:
    """Answer everything under `/v1/credit-records`."""

    def __init__(self, store: Store, clock: Clock, book: CaseBook) -> None:
        self._store = store
        self._clock = clock
        self._book = book

    def enter(self, caller: Caller, given: OfficialEntry, claim: IdempotencyClaim) -> dict[str, Any]:
        """Enter that an applicant is listed for serious dishonesty; all else is entered by rules.

        Raises:
            InvalidRequestError: if its last day is over already.
        """
        caller.require(Scope.CREDIT_WRITE)
        now, until = self._clock.now(), end_of(given.last_day)
        if until <= now:
            raise InvalidRequestError("the last day is over")
        mark = StandingMark.SERIOUS_DISHONESTY
        entry = CreditEntry(mark, given.matter, now, until, given.basis)
        act = Act(ActKind.ENTRY, given.reason, now, given.officer)
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            record = self._book.enter(tx, caller.tenant, given.applicant_id, entry, now, (act,))
            answer = _answer(record, now)
            tx.keep_answer(caller.tenant, claim, answer, record.id)
        return answer

    def search(self, caller: Caller, applicant_id: str) -> list[dict[str, Any]]:
        """Return every record of an applicant, the oldest first."""
        caller.require(Scope.CREDIT_READ)
        now, subject = self._clock.now(), self._book.index.of_applicant(caller.tenant, applicant_id)
        with self._store.read() as tx:
            return [_answer(record, now) for record in tx.credit_records_of(caller.tenant, subject)]

    def get(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return a record.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.CREDIT_READ)
        with self._store.read() as tx:
            record = tx.credit_record(caller.tenant, identifier)
        if record is None:
            raise NotFoundError("no such credit record")
        return _answer(record, self._clock.now())

    def repair(
        self, caller: Caller, identifier: str, reason: str, officer: str, claim: IdempotencyClaim
    ) -> dict[str, Any]:
        """End what counts against the applicant, because it was made good (信用修复).

        Raises:
            NotFoundError: if this tenant has none of that id.
            CreditStateError: if it does not count any more, or an objection waits for a ruling.
        """

        def change(record: CreditRecord, now: datetime) -> tuple[CreditRecord, Event]:
            act = Act(ActKind.REPAIR, reason, now, officer)
            data = {"record": record.id, "officer": officer}
            return record.after(CreditAction.REPAIR, act), Event(EventKind.CREDIT_REPAIRED, data)

        return self._change(caller, identifier, change, claim)

    def object(self, caller: Caller, identifier: str, reason: str, claim: IdempotencyClaim) -> dict[str, Any]:
        """Object to a record: it counts until a person rules on it.

        Raises:
            NotFoundError: if this tenant has none of that id.
            CreditStateError: if it does not count any more, or was objected to before.
        """

        def change(record: CreditRecord, now: datetime) -> tuple[CreditRecord, Event]:
            changed = record.after(CreditAction.OBJECT, Act(ActKind.OBJECTION, reason, now))
            return changed, Event(EventKind.CREDIT_OBJECTED, {"record": record.id})

        return self._change(caller, identifier, change, claim)

    def rule(
        self,
        caller: Caller,
        identifier: str,
        ruling: Ruling,
        reason: str,
        officer: str,
        claim: IdempotencyClaim,
    ) -> dict[str, Any]:
        """Rule on an objection: upheld, the record no longer counts; rejected, it stays.

        Raises:
            NotFoundError: if this tenant has none of that id.
            CreditStateError: if there is no objection to rule on.
        """

        def change(record: CreditRecord, now: datetime) -> tuple[CreditRecord, Event]:
            action = CreditAction.UPHOLD if ruling is Ruling.UPHELD else CreditAction.REJECT
            changed = record.after(action, Act(ActKind.RULING, reason, now, officer, ruling.value))
            data = {"record": record.id, "ruling": ruling.value, "officer": officer}
            return changed, Event(EventKind.CREDIT_RULED, data)

        return self._change(caller, identifier, change, claim)

    def _change(
        self,
        caller: Caller,
        identifier: str,
        change: Callable[[CreditRecord, datetime], tuple[CreditRecord, Event]],
        claim: IdempotencyClaim,
    ) -> dict[str, Any]:
        caller.require(Scope.CREDIT_WRITE)
        now, tenant = self._clock.now(), caller.tenant
        with self._store.begin() as tx:
            kept = tx.stored_answer(tenant, claim)
            if kept is not None:
                return kept
            record = tx.credit_record(tenant, identifier)
            if record is None:
                raise NotFoundError("no such credit record")
            changed, event = change(record, now)
            tx.save_credit_record(tenant, changed)
            record_credit_event(tx, tenant, changed, event, now)
            answer = _answer(changed, now)
            tx.keep_answer(tenant, claim, answer, identifier)
        return answer


def _answer(record: CreditRecord, now: datetime) -> dict[str, Any]:
    counts = record.counts(record.entry.matter, now)
    return {"id": record.id, **record_to_json(record), "counts": counts}
