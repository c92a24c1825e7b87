"""What accepting an application takes, for one matter or for several at once: verify, assess, open, answer.

Documents are judged before a transaction begins; everything else happens inside the caller's transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from license_service.clock import SHANGHAI
from license_service.domain.application import Application, CommitmentOffer, PresentedLicense
from license_service.domain.assessment import Assessment, MaterialFinding, assess
from license_service.domain.case import Case, Transition, open_case
from license_service.domain.case_json import case_to_json, deadline_to_json, finding_to_json
from license_service.domain.decision_clock import deadlines
from license_service.domain.matter import Matter
from license_service.domain.messages import message
from license_service.domain.standing import Standing
from license_service.domain.workdays import WorkCalendar
from license_service.errors import InvalidRequestError, NotFoundError
from license_service.services.accepting.agents import applying, by_actor, promises_of
from license_service.services.accepting.inputs import ApplicationInput, DocumentInput
from license_service.services.accepting.license_uses import UseLog
from license_service.services.caller import Caller
from license_service.services.ports import Transaction
from license_service.services.recording import record_opened
from license_service.services.records import StoredCase
from license_service.services.salted import draw_salt, with_salted
from license_service.services.sharing.sources import DataAnswer
from license_service.services.verifying.verifications import keep_verification, presented
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport

Judged = VerificationReport | str
"""A fresh report, or the id of a verification made before."""


@dataclass(frozen=True)
class Assessed:
    """Hold an assessment with what it is of, and what data sources answered for it."""

    matter: Matter
    given: ApplicationInput
    assessment: Assessment
    licenses: Sequence[PresentedLicense]
    answers: tuple[DataAnswer, ...] = ()


@dataclass(frozen=True)
class Opened:
    """Hold a case just opened: what its caller is told, and the follow-ups that are due already."""

    case: Case
    answer: dict[str, Any]
    due: list[str]


def judge_document(
    verifier: Callable[[bytes | None, datetime, Presentation], VerificationReport],
    document: DocumentInput,
    now: datetime,
) -> Judged:
    """Judge a document, or what the register has of an identifier, or name the verification made before."""
    if document.verification_id is not None:
        return document.verification_id
    return verifier(document.content, now, Presentation(identifier=document.identifier))


def keep_judged(
    tx: Transaction, tenant: str, judged: Sequence[Judged], now: datetime
) -> list[PresentedLicense]:
    """Keep fresh reports, and return what assessment needs of all.

    Raises:
        NotFoundError: if the tenant has no verification of an id.
    """
    known = _known(tx, tenant, judged)
    return [
        presented(known[item] if isinstance(item, str) else keep_verification(tx, tenant, item, now))
        for item in judged
    ]


def look_judged(
    tx: Transaction, tenant: str, judged: Sequence[Judged], prefix: str = ""
) -> list[PresentedLicense]:
    """Return what assessment needs of reports, and keep nothing: `prefix` and a number stand for their ids.

    Raises:
        NotFoundError: if the tenant has no verification of an id.
    """
    known = _known(tx, tenant, judged)
    return [
        presented(
            known[item]
            if isinstance(item, str)
            else {"id": f"{prefix}{number}", "report": item.to_json(), "codes": item.codes()}
        )
        for number, item in enumerate(judged, 1)
    ]


def require_known_fields(matter: Matter, application: ApplicationInput) -> None:
    """Refuse a field the matter does not have: a misspelt one must not be silently ignored.

    Raises:
        InvalidRequestError: naming every such field.
    """
    unknown = sorted(application.fields.keys() - {field.name for field in matter.fields})
    if unknown:
        raise InvalidRequestError(f"this matter has no fields {', '.join(unknown)}")


def require_shown(offers: Iterable[CommitmentOffer], now: datetime) -> None:
    """Refuse a promise whose notice is said to be shown only later.

    Raises:
        InvalidRequestError: naming every such material.
    """
    later = [offer.material for offer in offers if (offer.shown_at or now) > now]
    if later:
        raise InvalidRequestError(f"the notice is not shown yet: {', '.join(later)}")


def assess_input(
    matter: Matter,
    given: ApplicationInput,
    licenses: list[PresentedLicense],
    standing: Standing,
    now: datetime,
    answers: Iterable[DataAnswer] = (),
) -> Assessment:
    """Assess what was handed in for one matter, and what data sources answered, as of today."""
    application = to_application(matter, given, licenses, answers)
    return assess(matter, application, standing, now.astimezone(SHANGHAI).date())


def to_application(
    matter: Matter,
    given: ApplicationInput,
    licenses: Sequence[PresentedLicense],
    answers: Iterable[DataAnswer] = (),
) -> Application:
    """Return what assessment takes."""
    return Application(
        matter_code=matter.code,
        applicant=given.applicant,
        legal_person=given.legal_person,
        licenses=tuple(licenses),
        submitted=given.submitted,
        commitments=promises_of(given),
        deferrals=given.deferrals,
        other_party=given.other_party,
        fields=given.fields,
        data=tuple(data for item in answers if (data := item.to_shared_data()) is not None),
    )


def open_assessed(
    tx: Transaction,
    caller: Caller,
    assessed: Assessed,
    calendar: WorkCalendar,
    uses: UseLog,
    now: datetime,
) -> Opened:
    """Open the case of an assessment, with its events and follow-ups; what was asked came before it.

    Raises:
        AgentNotInForceError: or another code of agents, if one applies who may not.
    """
    matter, given, assessment = assessed.matter, assessed.given, assessed.assessment
    offers, actor, salt = promises_of(given), applying(given, now), draw_salt()
    transition = open_case(uuid.uuid4().hex, matter, assessment, calendar, now, offers)
    transition = by_actor(_salted_promises(transition, salt), actor, uses.index, salt)
    tx.add_case(
        StoredCase(
            tenant=caller.tenant,
            case=transition.case,
            version=1,
            applicant=given.applicant,
            legal_person=given.legal_person,
            salt=salt,
            other_party=given.other_party,
            agent=given.agent,
            acknowledged_by={offer.material: offer.acknowledged_by for offer in given.commitments},
        )
    )
    asked = tuple(item.to_event(salt) for item in assessed.answers)
    used = uses.keep(tx, caller, transition.case, matter, assessed.licenses, given.use, now)
    told = replace(transition, events=(*asked, *transition.events, *used))
    due = record_opened(tx, caller.tenant, told, now)
    answer = opened_answer(transition.case, matter, assessment, calendar)
    return Opened(transition.case, {**answer, "data": [item.told() for item in assessed.answers]}, due)


def case_answer(case: Case, calendar: WorkCalendar) -> dict[str, Any]:
    """Return a case as callers see it: with the deadline of the decision and how it was computed."""
    answer = case_to_json(case)
    if case.decision is not None:
        answer["decision"]["deadlines"] = [
            deadline_to_json(deadline) for deadline in deadlines(case.decision, calendar)
        ]
    return answer


def opened_answer(
    case: Case, matter: Matter, assessment: Assessment, calendar: WorkCalendar
) -> dict[str, Any]:
    """Return a case with everything that was wrong, told once, and what was not needed."""
    names = {material.code: material for material in matter.materials}
    barred = {rule.code: rule for rule in matter.eligibility if rule.code in assessment.not_eligible()}
    notice = [
        {**finding_answer(f), "name": {"zh": names[f.material].name_zh, "en": names[f.material].name_en}}
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


def finding_answer(finding: MaterialFinding) -> dict[str, Any]:
    """Return a finding with a sentence for each of its codes."""
    codes = finding.reasons or (finding.code,)
    texts = [{"code": code, "zh": message(code).zh, "en": message(code).en} for code in codes]
    return {**finding_to_json(finding), "messages": texts}


def _salted_promises(transition: Transition, salt: str) -> Transition:
    """Return a transition whose first event does not tell which written authorization a promise names."""
    act, *others = transition.events
    told = [with_salted(item, "proxy_authorization", salt) for item in act.data["commitments"]]
    return replace(transition, events=(replace(act, data={**act.data, "commitments": told}), *others))


def _known(tx: Transaction, tenant: str, judged: Iterable[Judged]) -> dict[str, dict[str, Any]]:
    """Return by id the verifications made before, all in one look."""
    named = {item for item in judged if isinstance(item, str)}
    found = tx.verifications(tenant, named) if named else {}
    if named - found.keys():
        raise NotFoundError("no such verification")
    return found
