"""What an accepted case still owes: promises to be checked and papers to be handed in, with deadlines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.domain.assessment import Assessment, MaterialOutcome
from license_service.domain.deadlines import Deadline, Explanation, Period, deadline_after
from license_service.domain.matter import CheckMethod, CommitmentRoute, DeferralRoute, Matter
from license_service.domain.workdays import WorkCalendar, end_of, start_of, working_days_before


class ObligationKind(StrEnum):
    """What is open: a promise to be checked, or a paper to be handed in."""

    COMMITMENT = "commitment"
    DEFERRAL = "deferral"


class ObligationState(StrEnum):
    """Where an obligation stands."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    SUPPLIED = "supplied"
    EXPIRED = "expired"


class FollowUpKind(StrEnum):
    """What has to happen later."""

    COMMITMENT_CHECK = "commitment_check"
    COMMITMENT_OVERDUE = "commitment_overdue"
    SUPPLEMENT_REMINDER = "supplement_reminder"
    SUPPLEMENT_EXPIRY = "supplement_expiry"
    WEBHOOK_DELIVERY = "webhook_delivery"
    BATCH_VERIFICATION = "batch_verification"
    MANUAL_REVIEW = "manual_review"
    FEEDBACK_DUE = "feedback_due"


@dataclass(frozen=True)
class Obligation:
    """Hold one promise or debt; `method` says how a promise is checked, `source` by which data source."""

    id: str
    kind: ObligationKind
    material: str
    state: ObligationState
    due_on: str
    due_at: datetime
    provisional: bool
    calendar_digest: str
    source: str = ""
    at_expiry: str = ""
    broken_readings: int = 0
    method: str = CheckMethod.DATA_SOURCE
    explanation: Explanation | None = None
    """How the deadline was computed; None for cases of earlier versions."""


@dataclass(frozen=True)
class FollowUpRequest:
    """Ask for something to happen at `due_at`, once for each occurrence."""

    kind: FollowUpKind
    subject: str
    occurrence: str
    due_at: datetime


def obligations_of(
    case_id: str, matter: Matter, assessment: Assessment, calendar: WorkCalendar, now: datetime
) -> tuple[Obligation, ...]:
    """Return what is promised and owed under an assessment, with its deadlines."""
    found: list[Obligation] = []
    for finding in assessment.findings:
        material = matter.material(finding.material)
        if material is None:
            continue
        identifier = f"{case_id}.{finding.material}"
        if finding.outcome is MaterialOutcome.COMMITTED and material.by_commitment:
            found += _commitment(identifier, finding.material, material.by_commitment, calendar, now)
        if finding.outcome is MaterialOutcome.DEFERRED and material.by_deferral:
            found.append(_deferral(identifier, finding.material, material.by_deferral, calendar, now))
    return tuple(found)


def _commitment(
    identifier: str, material: str, route: CommitmentRoute, calendar: WorkCalendar, now: datetime
) -> list[Obligation]:
    plan = route.check
    if plan.method is CheckMethod.EXEMPT or plan.within is None:
        return []
    deadline = deadline_after(now, plan.within, calendar)
    obligation = _obligation(identifier, ObligationKind.COMMITMENT, material, deadline)
    return [replace(obligation, source=plan.source, method=plan.method.value)]


def _deferral(
    identifier: str, material: str, route: DeferralRoute, calendar: WorkCalendar, now: datetime
) -> Obligation:
    deadline = deadline_after(now, route.within, calendar)
    obligation = _obligation(identifier, ObligationKind.DEFERRAL, material, deadline)
    return replace(obligation, at_expiry=route.at_expiry.value)


def _obligation(identifier: str, kind: ObligationKind, material: str, deadline: Deadline) -> Obligation:
    return Obligation(
        id=identifier,
        kind=kind,
        material=material,
        state=ObligationState.OPEN,
        due_on=deadline.due_on.isoformat(),
        due_at=deadline.due_at,
        provisional=deadline.provisional,
        calendar_digest=deadline.calendar_digest,
        explanation=deadline.explanation,
    )


def recomputed(obligation: Obligation, calendar: WorkCalendar) -> Obligation:
    """Return an obligation with its provisional deadline counted again; the later one holds.

    Whoever was told a day may rely on it, so a new calendar never takes days away.
    """
    told = obligation.explanation
    if told is None or not obligation.provisional:
        return obligation
    deadline = deadline_after(start_of(told.start), Period(told.count, told.unit), calendar)
    last = max(deadline.due_on, datetime.fromisoformat(obligation.due_on).date())
    return replace(
        obligation,
        due_on=last.isoformat(),
        due_at=end_of(last),
        provisional=deadline.provisional,
        calendar_digest=deadline.calendar_digest,
        explanation=deadline.explanation,
    )


def follow_ups_of(
    obligation: Obligation, matter: Matter, calendar: WorkCalendar, now: datetime
) -> tuple[FollowUpRequest, ...]:
    """Return what has to happen for an obligation, and when.

    Only a data source is asked by itself; every other check is a person's, whom the deadline calls.
    """
    if obligation.kind is ObligationKind.COMMITMENT:
        overdue = FollowUpRequest(FollowUpKind.COMMITMENT_OVERDUE, obligation.id, "1", obligation.due_at)
        check = FollowUpRequest(FollowUpKind.COMMITMENT_CHECK, obligation.id, "1", now)
        return (check, overdue) if obligation.method == CheckMethod.DATA_SOURCE else (overdue,)
    material = matter.material(obligation.material)
    route = material.by_deferral if material else None
    last_day = datetime.fromisoformat(obligation.due_on).date()
    reminders = tuple(
        FollowUpRequest(
            FollowUpKind.SUPPLEMENT_REMINDER,
            obligation.id,
            f"{days} working days before",
            max(now, start_of(working_days_before(last_day, days, calendar))),
        )
        for days in (route.remind_before if route else ())
    )
    expiry = FollowUpRequest(FollowUpKind.SUPPLEMENT_EXPIRY, obligation.id, "1", obligation.due_at)
    return (*reminders, expiry)


def describe(obligation: Obligation) -> dict[str, Any]:
    """Return what events say of an obligation."""
    return {
        "obligation": obligation.id,
        "kind": obligation.kind.value,
        "material": obligation.material,
        "due_on": obligation.due_on,
        "provisional": obligation.provisional,
        "calendar": obligation.calendar_digest,
    }
