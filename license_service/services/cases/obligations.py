"""What people do about promises, debts and the decision of a case, each with a reason and by whom."""

from __future__ import annotations

from typing import Any

from license_service.domain import debts, promises
from license_service.domain.acts import Act, ActKind, Ruling
from license_service.domain.application import DeferralRequest
from license_service.domain.case import CheckResult, Circumstances, Transition
from license_service.domain.decision import DecisionResult, decide
from license_service.services.cases.case_book import reassess
from license_service.services.cases.case_changes import Asked, CaseChanges
from license_service.services.ports import Transaction
from license_service.services.records import StoredCase


class ObligationService:
    """Answer what is done about one obligation of a case, and the decision on it."""

    def __init__(self, changes: CaseChanges) -> None:
        self._changes = changes

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

        return self._changes.apply(asked, change, obligation_id)

    def object(self, asked: Asked, obligation_id: str, reason: str) -> dict[str, Any]:
        """Object to a promise being found broken.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            ObjectionLateError: if the window is over.
            CaseStateError: if there is nothing to object to.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            return promises.object_to(stored.case, obligation_id, Act(ActKind.OBJECTION, reason, at.now))

        return self._changes.apply(asked, change, obligation_id)

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

        return self._changes.apply(asked, change, obligation_id)

    def withdraw(self, asked: Asked, obligation_id: str, reason: str) -> dict[str, Any]:
        """Withdraw a promise before the decision: the material is owed where the rule and standing allow.

        Raises:
            NotFoundError: if this tenant has no such case, or it no such obligation.
            CaseStateError: if the promise is no longer open, or the decision is made.
        """

        def change(tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            material = stored.case.obligation(obligation_id).material
            book, applicant = self._changes.book, stored.applicant
            standing = book.standing(tx, stored.tenant, applicant.id, at.matter.code, at.now)
            owed = (DeferralRequest(material, applicant.name),)
            instead = reassess(stored, at, material, standing, deferrals=owed)
            act = Act(ActKind.WITHDRAWAL, reason, at.now)
            return promises.withdraw(stored.case, obligation_id, act, instead, at)

        return self._changes.apply(asked, change, obligation_id)

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

        return self._changes.apply(asked, change, obligation_id)

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

        return self._changes.apply(asked, change)
