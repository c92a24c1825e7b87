"""What people do about promises, debts and the decision of a case, each with a reason and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from license_service.clock import Clock
from license_service.domain import debts, promises
from license_service.domain.acts import Act, ActKind, Ruling
from license_service.domain.application import DeferralRequest
from license_service.domain.case import CheckResult, Circumstances, Transition
from license_service.domain.decision import DecisionResult, decide
from license_service.errors import NotFoundError, VersionConflictError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.case_book import CaseBook, reassess
from license_service.services.cases import case_answer, load_case
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


class ObligationService:
    """Answer what is done about one obligation of a case, and the decision on it."""

    def __init__(self, store: Store, clock: Clock, book: CaseBook, doorbell: Doorbell) -> None:
        self._store = store
        self._clock = clock
        self._book = book
        self._doorbell = doorbell

    def find(
        self, asked: Asked, obligation_id: str, result: CheckResult, reason: str, officer: str
    ) -> dict[str, Any]:
        """Record what a clerk found about a promise.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            CaseStateError: if the promise is settled, or its state does not allow this result.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            act = Act(ActKind.FINDING, reason, at.now, officer, result.value)
            return promises.record_finding(stored.case, obligation_id, result, act, at)

        return self._change(asked, obligation_id, change)

    def object(self, asked: Asked, obligation_id: str, reason: str) -> dict[str, Any]:
        """Object to a promise being found broken.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            ObjectionLateError: if the window is over.
            CaseStateError: if there is nothing to object to.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            return promises.object_to(stored.case, obligation_id, Act(ActKind.OBJECTION, reason, at.now))

        return self._change(asked, obligation_id, change)

    def rule(
        self, asked: Asked, obligation_id: str, ruling: Ruling, reason: str, officer: str
    ) -> dict[str, Any]:
        """Rule on an objection.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            CaseStateError: if there is no objection to rule on.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            act = Act(ActKind.RULING, reason, at.now, officer, ruling.value)
            return promises.rule_on(stored.case, obligation_id, ruling, act)

        return self._change(asked, obligation_id, change)

    def withdraw(self, asked: Asked, obligation_id: str, reason: str) -> dict[str, Any]:
        """Withdraw a promise before the decision: the material is owed where the rule and standing allow.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            CaseStateError: if the promise is no longer open, or the decision is made.
        """

        def change(tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            material = stored.case.obligation(obligation_id).material
            standing = self._book.standing(tx, stored.tenant, stored.applicant.id, at.matter.code, at.now)
            owed = (DeferralRequest(material, stored.applicant.name),)
            instead = reassess(stored, at, material, standing, deferrals=owed)
            act = Act(ActKind.WITHDRAWAL, reason, at.now)
            return promises.withdraw(stored.case, obligation_id, act, instead, at)

        return self._change(asked, obligation_id, change)

    def extend(self, asked: Asked, obligation_id: str, reason: str, officer: str) -> dict[str, Any]:
        """Give a debt more time, once.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            ExtendedBeforeError: if it was extended before.
            CaseStateError: if nothing is owed any more, the time is over, or the rule allows none.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            act = Act(ActKind.EXTENSION, reason, at.now, officer)
            return debts.extend(stored.case, obligation_id, act, at)

        return self._change(asked, obligation_id, change)

    def decide(self, asked: Asked, result: DecisionResult, reason: str, officer: str) -> dict[str, Any]:
        """Record the decision on a case.

        Raises:
            NotFoundError: if this tenant has no such case.
            DebtOpenError: if something is owed.
            PromiseDisputedError: if it grants although a promise is found broken.
            CaseStateError: if the case awaits no decision.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            act = Act(ActKind.DECISION, reason, at.now, officer, result.value)
            return decide(stored.case, result, act, at)

        return self._change(asked, None, change)

    def _change(self, asked: Asked, obligation_id: str | None, change: Change) -> dict[str, Any]:
        asked.caller.require(Scope.CASES_WRITE)
        now, tenant = self._clock.now(), asked.caller.tenant
        with self._store.begin() as tx:
            kept = tx.stored_answer(tenant, asked.claim)
            if kept is not None:
                return kept
            stored = load_case(tx, tenant, asked.case_id)
            if asked.version not in (None, stored.version):
                raise VersionConflictError(f"version {stored.version} is current")
            if obligation_id and all(item.id != obligation_id for item in stored.case.obligations):
                raise NotFoundError("the case has no such obligation")
            transition = change(tx, stored, self._book.circumstances(stored.case, now))
            due = self._book.keep(tx, stored, transition, now)
            answer = {
                **case_answer(transition.case, self._book.calendar), "version": stored.version + 1,
            }  # fmt: skip
            tx.keep_answer(tenant, asked.claim, answer)
        for identifier in due:
            self._doorbell.ring(identifier)
        return answer
