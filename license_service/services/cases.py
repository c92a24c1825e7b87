"""Open cases, take supplements, tell what happened.

Documents are verified before the transaction begins; then one transaction holds the verifications, the
case, its events, its follow-ups and the stored answer. The doorbell rings after the commit and may fail.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.agent import AgentAct
from license_service.domain.application import Application, PresentedLicense
from license_service.domain.assessment import Assessment, MaterialFinding, assess
from license_service.domain.case import Case, open_case, supply
from license_service.domain.case_json import case_to_json, deadline_to_json, finding_to_json
from license_service.domain.decision_clock import deadlines
from license_service.domain.matter import Catalogue, Matter
from license_service.domain.messages import message
from license_service.domain.standing import Standing
from license_service.domain.workdays import WorkCalendar
from license_service.errors import (
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
    VersionConflictError,
)
from license_service.services.agents import acting, applying, by_actor, promises_of, require_proof
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.inputs import ApplicationInput, DocumentInput, SupplementInput
from license_service.services.license_uses import UseLog
from license_service.services.matters import find_matter
from license_service.services.ports import Doorbell, Store, Transaction
from license_service.services.recording import record_transition
from license_service.services.records import StoredCase
from license_service.services.verifications import Verifier, keep_verification, presented
from license_service.verification.report import VerificationReport

_GOOD_STANDING = Standing(may_commit=True, may_defer=True)
"""No credit source is connected yet; the rule of standing is in the assessment already."""

Judged = VerificationReport | str
"""A fresh report, or the id of a verification made before."""


class CaseService:
    """Answer everything under `/v1/cases`, and walkthroughs, which are the same but store nothing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        verifier: Verifier,
        catalogue: Catalogue,
        calendar: WorkCalendar,
        doorbell: Doorbell,
        uses: UseLog,
        hook: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier
        self._catalogue = catalogue
        self._calendar = calendar
        self._doorbell = doorbell
        self._uses = uses
        self._hook = hook

    def walkthrough(self, caller: Caller, code: str, application: ApplicationInput) -> dict[str, Any]:
        """Say what would become of an application; stores nothing.

        Raises:
            NotFoundError: if the matter or a verification does not exist.
            InvalidRequestError: if the application states fields the matter does not have.
        """
        caller.require(Scope.MATTERS_READ)
        matter, now = find_matter(self._catalogue, code, self._clock), self._clock.now()
        require_known_fields(matter, application)
        judged = [_judge(self._verifier.look, document, now) for document in application.documents]
        with self._store.begin() as tx:
            licenses = [_look(tx, caller.tenant, item, f"document-{i + 1}") for i, item in enumerate(judged)]
        assessment = self._assess(matter, application, licenses, now)
        case = open_case("walkthrough", matter, assessment, self._calendar, now).case
        return _answer(case, matter, assessment, self._calendar)

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
        matter = find_matter(self._catalogue, application.matter_code, self._clock)
        require_known_fields(matter, application)
        actor = applying(application, now)
        judged = [_judge(self._verifier, document, now) for document in application.documents]
        with self._store.begin() as tx:
            require_proof(tx, caller.tenant, application, now)
            licenses = [_keep(tx, caller.tenant, item, now) for item in judged]
            assessment = self._assess(matter, application, licenses, now)
            opened = open_case(uuid.uuid4().hex, matter, assessment, self._calendar, now)
            transition = by_actor(opened, actor, self._uses.index)
            tx.add_case(_stored(caller, transition.case, application))
            due = record_transition(tx, caller.tenant, transition, now)
            self._uses.record(tx, caller, transition.case, matter, licenses, application.use, now)
            answer = _answer(transition.case, matter, assessment, self._calendar)
            tx.keep_answer(caller.tenant, claim, answer)
            self._hook("accept_before_commit")
        self._hook("accept_after_commit")
        self._ring(due)
        return answer

    def get(self, caller: Caller, case_id: str) -> dict[str, Any]:
        """Return a case.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.begin() as tx:
            stored = load_case(tx, caller.tenant, case_id)
        return {**case_answer(stored.case, self._calendar), "version": stored.version}

    def timeline(self, caller: Caller, case_id: str) -> list[dict[str, Any]]:
        """Return the events of a case in order.

        Raises:
            NotFoundError: if this tenant has no case of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.begin() as tx:
            load_case(tx, caller.tenant, case_id)
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
        judged = _judge(self._verifier, supplement.document, now) if supplement.document else None
        with self._store.begin() as tx:
            stored = load_case(tx, caller.tenant, case_id)
            if version not in (None, stored.version):
                raise VersionConflictError(f"version {stored.version} is current")
            actor = acting(stored, AgentAct.SUPPLEMENT, now, by_agent=supplement.by_agent)
            obligation = stored.case.open_deferral(supplement.material)
            licenses = [_keep(tx, caller.tenant, judged, now)] if judged is not None else []
            finding = self._assess_supplement(stored, supplement, licenses, now)
            supplied = supply(stored.case, obligation.id, finding, now)
            transition = by_actor(supplied, actor, self._uses.index)
            tx.save_case(replace(stored, case=transition.case))
            due = record_transition(tx, caller.tenant, transition, now)
            self._uses.record(
                tx, caller, transition.case, self._matter(stored), licenses, supplement.use, now
            )
            case = {**case_answer(transition.case, self._calendar), "version": stored.version + 1}
            answer = {"finding": _finding(finding), "case": case}
            tx.keep_answer(caller.tenant, claim, answer)
        self._ring(due)
        return answer

    def _assess(
        self, matter: Matter, given: ApplicationInput, licenses: list[PresentedLicense], now: datetime
    ) -> Assessment:
        return assess(matter, _application(given, licenses), _GOOD_STANDING, _day(now))

    def _assess_supplement(
        self,
        stored: StoredCase,
        supplement: SupplementInput,
        licenses: list[PresentedLicense],
        now: datetime,
    ) -> MaterialFinding:
        matter = self._matter(stored)
        material = matter.material(supplement.material)
        if material is None:
            raise ConfigurationError("the catalogue lost the material that is owed")
        application = Application(
            matter_code=matter.code,
            applicant=stored.applicant,
            legal_person=stored.legal_person,
            licenses=tuple(licenses),
            submitted=(supplement.submitted,) if supplement.submitted else (),
            commitments=(),
            deferrals=(),
            other_party=stored.other_party,
        )
        # It was needed when it was accepted to be owed, so what made it needed is not asked again.
        asked = replace(matter, materials=(replace(material, needed_when=None),), eligibility=())
        return assess(asked, application, _GOOD_STANDING, _day(now)).findings[0]

    def _matter(self, stored: StoredCase) -> Matter:
        matter = self._catalogue.version(stored.case.matter_code, stored.case.matter_version)
        if matter is None:
            raise ConfigurationError("the catalogue lost the version this case was accepted under")
        return matter

    def _stored_answer(self, caller: Caller, claim: IdempotencyClaim) -> dict[str, Any] | None:
        with self._store.begin() as tx:
            return tx.stored_answer(caller.tenant, claim)

    def _ring(self, due: list[str]) -> None:
        for identifier in due:
            self._doorbell.ring(identifier)


def load_case(tx: Transaction, tenant: str, case_id: str) -> StoredCase:
    """Return a case.

    Raises:
        NotFoundError: if the tenant has none of that id.
    """
    stored = tx.case(tenant, case_id)
    if stored is None:
        raise NotFoundError("no such case")
    return stored


def _judge(
    verifier: Callable[[bytes, datetime], VerificationReport], document: DocumentInput, now: datetime
) -> Judged:
    if document.content is not None:
        return verifier(document.content, now)
    if document.verification_id is None:
        raise InvalidRequestError("a document needs its content or a verification id")
    return document.verification_id


def _keep(tx: Transaction, tenant: str, judged: Judged, now: datetime) -> PresentedLicense:
    if isinstance(judged, str):
        return _known(tx, tenant, judged)
    return presented(keep_verification(tx, tenant, judged, now))


def _look(tx: Transaction, tenant: str, judged: Judged, name: str) -> PresentedLicense:
    if isinstance(judged, str):
        return _known(tx, tenant, judged)
    return presented({"id": name, "report": judged.to_json(), "codes": judged.codes()})


def _known(tx: Transaction, tenant: str, identifier: str) -> PresentedLicense:
    answer = tx.verification(tenant, identifier)
    if answer is None:
        raise NotFoundError("no such verification")
    return presented(answer)


def _application(given: ApplicationInput, licenses: list[PresentedLicense]) -> Application:
    return Application(
        matter_code=given.matter_code,
        applicant=given.applicant,
        legal_person=given.legal_person,
        licenses=tuple(licenses),
        submitted=given.submitted,
        commitments=promises_of(given),
        deferrals=given.deferrals,
        other_party=given.other_party,
        fields=given.fields,
    )


def _stored(caller: Caller, case: Case, application: ApplicationInput) -> StoredCase:
    return StoredCase(
        tenant=caller.tenant,
        case=case,
        version=1,
        applicant=application.applicant,
        legal_person=application.legal_person,
        salt=secrets.token_hex(16),
        other_party=application.other_party,
        agent=application.agent,
    )


def require_known_fields(matter: Matter, application: ApplicationInput) -> None:
    """Refuse a field the matter does not have: a misspelt one must not be silently ignored.

    Raises:
        InvalidRequestError: naming every such field.
    """
    unknown = sorted(application.fields.keys() - {field.name for field in matter.fields})
    if unknown:
        raise InvalidRequestError(f"this matter has no fields {', '.join(unknown)}")


def case_answer(case: Case, calendar: WorkCalendar) -> dict[str, Any]:
    """Return a case as callers see it: with the deadline of the decision and how it was computed."""
    answer = case_to_json(case)
    if case.decision is not None:
        answer["decision"]["deadlines"] = [
            deadline_to_json(deadline) for deadline in deadlines(case.decision, calendar)
        ]
    return answer


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def _answer(case: Case, matter: Matter, assessment: Assessment, calendar: WorkCalendar) -> dict[str, Any]:
    names = {material.code: material for material in matter.materials}
    barred = {rule.code: rule for rule in matter.eligibility if rule.code in assessment.not_eligible()}
    notice = [
        {**_finding(f), "name": {"zh": names[f.material].name_zh, "en": names[f.material].name_en}}
        for f in assessment.correction_notice()
    ]
    return {
        **case_answer(case, calendar),
        "outcome": assessment.outcome.value,
        "correction_notice": notice,
        "unused_documents": list(assessment.unused),
        "superfluous": list(assessment.superfluous),
        "unanswered_fields": list(assessment.unanswered()),
        "not_eligible": [
            {"rule": code, "text": {"zh": rule.text_zh, "en": rule.text_en}, "basis": rule.basis}
            for code, rule in barred.items()
        ],
    }


def _finding(finding: MaterialFinding) -> dict[str, Any]:
    codes = finding.reasons or (finding.code,)
    texts = [{"code": code, "zh": message(code).zh, "en": message(code).en} for code in codes]
    return {**finding_to_json(finding), "messages": texts}
