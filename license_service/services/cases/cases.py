"""Open cases, take supplements, tell what happened.

Documents are verified before the transaction begins; then one transaction holds the verifications, the
case, its events, its follow-ups and the stored answer. The doorbell rings after the commit and may fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from license_service.domain.agent import AgentAct
from license_service.domain.application import PresentedLicense
from license_service.domain.assessment import MaterialFinding
from license_service.domain.debts import supply
from license_service.errors import NotFoundError, VersionConflictError
from license_service.services.accepting.acceptance import (
    Assessed,
    assess_input,
    case_answer,
    finding_answer,
    judge_document,
    keep_judged,
    open_assessed,
    require_known_fields,
    require_shown,
)
from license_service.services.accepting.agents import acting, by_actor
from license_service.services.accepting.desk import Desk
from license_service.services.accepting.inputs import ApplicationInput, SupplementInput
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.case_book import reassess
from license_service.services.catalogue.matters import find_matter
from license_service.services.ports import Transaction
from license_service.services.records import StoredCase


class CaseService:
    """Answer everything under `/v1/cases`."""

    def __init__(self, desk: Desk, hook: Callable[[str], None] = lambda _name: None) -> None:
        self._desk = desk
        self._store, self._clock, self._verifier = desk.store, desk.clock, desk.verifier
        self._book, self._calendar = desk.book, desk.book.calendar
        self._hook = hook

    def open(self, caller: Caller, application: ApplicationInput, claim: IdempotencyClaim) -> dict[str, Any]:
        """Assess an application and open its case.

        Raises:
            NotFoundError: if the matter or a verification does not exist.
            InvalidRequestError: if the application states fields the matter does not have.
            AgentNotInForceError: or another code of agents, if one acts who may not.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.CASES_WRITE)
        stored = self._stored_answer(caller, claim)
        if stored is not None:
            return stored
        now = self._clock.now()
        matter = find_matter(self._book.catalogue, application.matter_code, self._clock)
        require_known_fields(matter, application)
        require_shown(application.commitments, now)
        self._desk.require_agent(caller, [application], now)
        judged = [judge_document(self._verifier, document, now) for document in application.documents]
        inputs = {matter.code: (matter, application)}
        answers = self._desk.ask_sources(caller, inputs, judged, now)[matter.code]
        with self._store.begin() as tx:
            licenses = keep_judged(tx, caller.tenant, judged, now)
            standing = self._book.standing(tx, caller.tenant, application.applicant.id, matter.code, now)
            assessment = assess_input(matter, application, licenses, standing, now, answers)
            assessed = Assessed(matter, application, assessment, licenses, answers)
            opened = open_assessed(tx, caller, assessed, self._calendar, self._desk.uses, now)
            tx.keep_answer(caller.tenant, claim, opened.answer, opened.case.id)
            self._hook("accept_before_commit")
        self._hook("accept_after_commit")
        self._desk.ring(opened.due)
        return opened.answer

    def get(self, caller: Caller, case_id: str) -> dict[str, Any]:
        """Return a case.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.read() as tx:
            stored = load_case(tx, caller.tenant, case_id)
        return {**case_answer(stored.case, self._calendar), "version": stored.version}

    def timeline(self, caller: Caller, case_id: str) -> list[dict[str, Any]]:
        """Return the events of a case in order, of one that was erased too: they name nobody.

        Raises:
            NotFoundError: if this tenant has no case of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.read() as tx:
            if not tx.has_case(caller.tenant, case_id):
                raise NotFoundError("no such case")
            events = tx.events_of(caller.tenant, case_id)
        return [json.loads(event.entry) for event in events]

    def supplement(
        self,
        caller: Caller,
        case_id: str,
        supplement: SupplementInput,
        claim: IdempotencyClaim,
        version: int | None = None,
    ) -> dict[str, Any]:
        """Take what was owed; what does not satisfy leaves the debt open and says why.

        Raises:
            NotFoundError: if the case or verification does not exist.
            CaseStateError: if nothing is owed for the material, or not any more.
            VersionConflictError: if `version` is given and not the current one.
            AgentNotInForceError: or another code of agents, if one acts who may not.
        """
        caller.require(Scope.CASES_WRITE)
        stored_answer = self._stored_answer(caller, claim)
        if stored_answer is not None:
            return stored_answer
        now = self._clock.now()
        judged = judge_document(self._verifier, supplement.document, now) if supplement.document else None
        with self._store.begin() as tx:
            stored = load_case(tx, caller.tenant, case_id)
            if version not in (None, stored.version):
                raise VersionConflictError(f"version {stored.version} is current")
            actor = acting(stored, AgentAct.SUPPLEMENT, now, by_agent=supplement.by_agent)
            obligation = stored.case.open_deferral(supplement.material)
            licenses = keep_judged(tx, caller.tenant, [] if judged is None else [judged], now)
            finding = self._assess_supplement(tx, stored, supplement, licenses, now)
            supplied = supply(stored.case, obligation.id, finding, now)
            transition = by_actor(supplied, actor, self._desk.uses.index, stored.salt)
            matter = self._book.circumstances(stored.case, now).matter
            used = self._desk.uses.keep(tx, caller, transition.case, matter, licenses, supplement.use, now)
            told = replace(transition, events=(*transition.events, *used))
            due = self._book.keep(tx, stored, told, now)
            case = {**case_answer(transition.case, self._calendar), "version": stored.version + 1}
            answer = {"finding": finding_answer(finding), "case": case}
            tx.keep_answer(caller.tenant, claim, answer, case_id)
        self._desk.ring(due)
        return answer

    def _assess_supplement(
        self,
        tx: Transaction,
        stored: StoredCase,
        supplement: SupplementInput,
        licenses: list[PresentedLicense],
        now: datetime,
    ) -> MaterialFinding:
        at = self._book.circumstances(stored.case, now)
        standing = self._book.standing(tx, stored.tenant, stored.applicant.id, at.matter.code, now)
        submitted = (supplement.submitted,) if supplement.submitted else ()
        return reassess(
            stored, at, supplement.material, standing, licenses=tuple(licenses), submitted=submitted
        )

    def _stored_answer(self, caller: Caller, claim: IdempotencyClaim) -> dict[str, Any] | None:
        with self._store.read() as tx:
            return tx.stored_answer(caller.tenant, claim)


def load_case(tx: Transaction, tenant: str, case_id: str) -> StoredCase:
    """Return a case.

    Raises:
        NotFoundError: if the tenant has none of that id.
        ErasedError: if it was erased.
    """
    stored = tx.case(tenant, case_id)
    if stored is None:
        raise NotFoundError("no such case")
    return stored
