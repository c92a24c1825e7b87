"""Change a case because somebody asks for it: once, on the version that was read, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from license_service.clock import Clock
from license_service.domain.case import Circumstances, Transition
from license_service.errors import NotFoundError, VersionConflictError
from license_service.services.accepting.acceptance import case_answer
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.case_book import CaseBook
from license_service.services.cases.cases import load_case
from license_service.services.ports import Doorbell, Store, Transaction
from license_service.services.records import StoredCase

Change = Callable[[Transaction, StoredCase, Circumstances], Transition]


@dataclass(frozen=True)
class Asked:
    """Hold who asks for a change of which case, the claim to do it once, and the version it was read in."""

    caller: Caller
    case_id: str
    claim: IdempotencyClaim
    version: int | None = None


@dataclass(frozen=True)
class CaseChanges:
    """Apply changes to cases."""

    store: Store
    clock: Clock
    book: CaseBook
    doorbell: Doorbell

    def apply(self, asked: Asked, change: Change, obligation_id: str | None = None) -> dict[str, Any]:
        """Apply a change to a case, or to one obligation of it, and return the case after it.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            CaseStateError: if the change is not possible.
            VersionConflictError: if a version is named that is not the current one.
        """
        asked.caller.require(Scope.CASES_WRITE)
        now, tenant = self.clock.now(), asked.caller.tenant
        with self.store.begin() as tx:
            kept = tx.stored_answer(tenant, asked.claim)
            if kept is not None:
                return kept
            stored = load_case(tx, tenant, asked.case_id)
            if asked.version not in (None, stored.version):
                raise VersionConflictError(f"version {stored.version} is current")
            if obligation_id and all(item.id != obligation_id for item in stored.case.obligations):
                raise NotFoundError("the case has no such obligation")
            transition = change(tx, stored, self.book.circumstances(stored.case, now))
            due = self.book.keep(tx, stored, transition, now)
            case = case_answer(transition.case, self.book.calendar)
            answer = {**case, "version": stored.version + 1}
            tx.keep_answer(tenant, asked.claim, answer, asked.case_id)
        for identifier in due:
            self.doorbell.ring(identifier)
        return answer
