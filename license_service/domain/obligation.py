"""What an accepted case still owes: promises to be checked and papers to be handed in, with deadlines.

Two tables say what may become of each: `COMMITMENT` of a promise, `DEFERRAL` of a debt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.domain.acts import Act
from license_service.domain.assessment import Assessment, MaterialOutcome
from license_service.domain.deadlines import Deadline, Explanation, Period, deadline_after
from license_service.domain.decision_clock import deadlines, start_clock
from license_service.domain.machine import Machine
from license_service.domain.matter import CheckMethod, CheckStart, DeferralRoute, Material, Matter
from license_service.domain.workdays import WorkCalendar, end_of, last_moment, start_of, working_days_before
from license_service.errors import CaseStateError


class ObligationKind(StrEnum):
    """What is open: a promise to be checked, or a paper to be handed in."""

    COMMITMENT = "commitment"
    DEFERRAL = "deferral"


class ObligationState(StrEnum):
    """Where an obligation stands; a promise found broken may be objected to, and has consequences."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    SUPPLIED = "supplied"
    EXPIRED = "expired"
    OBJECTED = "objected"
    CONFIRMED = "confirmed"
    RECTIFYING = "rectifying"
    ENFORCED = "enforced"
    WITHDRAWN = "withdrawn"


class CommitmentAction(StrEnum):
    """What happens to a promise; to doubt is a reading that decides nothing yet."""

    DOUBT = "doubt"
    KEEP = "keep"
    BREAK = "break"
    OBJECT = "object"
    UPHOLD = "uphold"
    REJECT = "reject"
    RECTIFY = "rectify"
    ENFORCE = "enforce"
    WITHDRAW = "withdraw"


class DeferralAction(StrEnum):
    """What happens to a debt; what is handed in and does not satisfy leaves it open."""

    REMIND = "remind"
    EXTEND = "extend"
    DECLINE = "decline"
    SUPPLY = "supply"
    EXPIRE = "expire"


_S, _C, _D = ObligationState, CommitmentAction, DeferralAction

COMMITMENT = Machine(
    "commitment",
    (_S.OPEN,),
    {
        (_S.OPEN, _C.DOUBT): _S.OPEN,
        (_S.OPEN, _C.KEEP): _S.KEPT,
        (_S.OPEN, _C.BREAK): _S.BROKEN,
        (_S.OPEN, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.BROKEN, _C.KEEP): _S.KEPT,
        (_S.BROKEN, _C.OBJECT): _S.OBJECTED,
        (_S.BROKEN, _C.RECTIFY): _S.RECTIFYING,
        (_S.BROKEN, _C.ENFORCE): _S.ENFORCED,
        (_S.OBJECTED, _C.UPHOLD): _S.KEPT,
        (_S.OBJECTED, _C.REJECT): _S.CONFIRMED,
        (_S.CONFIRMED, _C.RECTIFY): _S.RECTIFYING,
        (_S.CONFIRMED, _C.ENFORCE): _S.ENFORCED,
        (_S.RECTIFYING, _C.KEEP): _S.KEPT,
        (_S.RECTIFYING, _C.RECTIFY): _S.RECTIFYING,
        (_S.RECTIFYING, _C.ENFORCE): _S.ENFORCED,
    },
    CaseStateError,
)

DEFERRAL = Machine(
    "deferral",
    (_S.OPEN,),
    {
        (_S.OPEN, _D.REMIND): _S.OPEN,
        (_S.OPEN, _D.EXTEND): _S.OPEN,
        (_S.OPEN, _D.DECLINE): _S.OPEN,
        (_S.OPEN, _D.SUPPLY): _S.SUPPLIED,
        (_S.OPEN, _D.EXPIRE): _S.EXPIRED,
    },
    CaseStateError,
)


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
    COMMITMENT_CONSEQUENCE = "commitment_consequence"
    RETENTION = "retention"
    BUNDLE_WAIT_EXPIRY = "bundle_wait_expiry"


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
    """How the deadline was computed; None before the decision it counts from, and in old cases."""
    counted_from: str = CheckStart.ACCEPTANCE
    kept_readings: int = 0
    doubted: bool = False
    """Whether a reading ever said that the promise is broken: from then on one reading decides nothing."""
    consequence_at: datetime | None = None
    """When the next consequence follows: at the end of the objection window or of the time to rectify, which
    is also what is due then, or after a ruling that came later."""
    step: int = 0
    """How many consequences were applied."""
    acts: tuple[Act, ...] = ()

    @property
    def awaits_decision(self) -> bool:
        """Tell whether its time begins with a decision that is not made: its deadline is an estimate."""
        return self.counted_from == CheckStart.DECISION and self.explanation is None


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
            found += _commitment(identifier, material, matter, calendar, now)
        if finding.outcome is MaterialOutcome.DEFERRED and material.by_deferral:
            found.append(deferral_of(identifier, finding.material, material.by_deferral, calendar, now))
    return tuple(found)


def _commitment(
    identifier: str, material: Material, matter: Matter, calendar: WorkCalendar, now: datetime
) -> list[Obligation]:
    plan = material.by_commitment.check if material.by_commitment else None
    if plan is None or plan.method is CheckMethod.EXEMPT or plan.within is None:
        return []
    clock = start_clock(matter, now) if plan.counted_from is CheckStart.DECISION else None
    # Until it is decided, the last moment at which the authority promises to decide stands for the decision.
    start = last_moment(deadlines(clock, calendar)[-1].due_at) if clock else now
    deadline = deadline_after(start, plan.within, calendar)
    promised = replace(
        _obligation(identifier, ObligationKind.COMMITMENT, material.code, deadline),
        source=plan.source,
        method=plan.method.value,
        counted_from=plan.counted_from.value,
    )
    if plan.counted_from is CheckStart.DECISION:
        promised = replace(promised, provisional=True, explanation=None)
    return [promised]


def counted_from_decision(
    obligation: Obligation, matter: Matter, calendar: WorkCalendar, now: datetime
) -> Obligation:
    """Return a promise with the deadline that the decision made now gives it."""
    material = matter.material(obligation.material)
    within = material.by_commitment.check.within if material and material.by_commitment else None
    if within is None:
        return obligation
    return moved_to(obligation, deadline_after(now, within, calendar))


def deferral_of(
    identifier: str, material: str, route: DeferralRoute, calendar: WorkCalendar, now: datetime
) -> Obligation:
    """Return the debt of a material that is handed in later."""
    deadline = deadline_after(now, route.within, calendar)
    obligation = _obligation(identifier, ObligationKind.DEFERRAL, material, deadline)
    return replace(obligation, at_expiry=route.at_expiry.value)


def moved_to(obligation: Obligation, deadline: Deadline) -> Obligation:
    """Return an obligation that is due at another deadline."""
    return replace(
        obligation,
        due_on=deadline.due_on.isoformat(),
        due_at=deadline.due_at,
        provisional=deadline.provisional,
        calendar_digest=deadline.calendar_digest,
        explanation=deadline.explanation,
    )


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
    again = replace(moved_to(obligation, deadline), due_on=last.isoformat(), due_at=end_of(last))
    follows = obligation.consequence_at == obligation.due_at
    return replace(again, consequence_at=again.due_at) if follows else again


def follow_ups_of(
    obligation: Obligation, matter: Matter, calendar: WorkCalendar, now: datetime
) -> tuple[FollowUpRequest, ...]:
    """Return what has to happen for an obligation, and when.

    Each occurrence ends with the day it was counted for, so that a deadline that moves has new ones. Only a
    data source is asked by itself; every other check is a person's, whom the deadline calls. What counts
    from a decision begins with it.
    """
    if obligation.awaits_decision:
        return ()
    if obligation.consequence_at is not None:
        return (consequence_of(obligation, f", until {obligation.due_on}"),)
    if obligation.kind is ObligationKind.COMMITMENT:
        overdue = FollowUpRequest(
            FollowUpKind.COMMITMENT_OVERDUE, obligation.id, obligation.due_on, obligation.due_at
        )
        check = FollowUpRequest(FollowUpKind.COMMITMENT_CHECK, obligation.id, "1", now)
        return (check, overdue) if obligation.method == CheckMethod.DATA_SOURCE else (overdue,)
    expiry = FollowUpRequest(
        FollowUpKind.SUPPLEMENT_EXPIRY, obligation.id, obligation.due_on, obligation.due_at
    )
    return (*_reminders(obligation, matter, calendar, now), expiry)


def consequence_of(promise: Obligation, when: str = "") -> FollowUpRequest:
    """Return what applies the next consequence of a broken promise."""
    kind, due_at = FollowUpKind.COMMITMENT_CONSEQUENCE, promise.consequence_at or promise.due_at
    return FollowUpRequest(kind, promise.id, f"{promise.step + 1}{when}", due_at)


def is_counted_for(obligation: Obligation, occurrence: str) -> bool:
    """Tell whether an occurrence is counted for the day an obligation is due now; early ones name no day."""
    return occurrence.rpartition(" ")[2] in (obligation.due_on, "before")


def is_overtaken(
    obligation: Obligation, occurrence: str, matter: Matter, calendar: WorkCalendar, now: datetime
) -> bool:
    """Tell whether a later reminder is due as well: two at one moment say no more than the later."""
    days = int(occurrence.partition(" ")[0])
    times = _reminder_times(obligation, matter, calendar)
    return any(later < days and moment <= now for later, moment in times.items())


def _reminders(
    obligation: Obligation, matter: Matter, calendar: WorkCalendar, now: datetime
) -> tuple[FollowUpRequest, ...]:
    return tuple(
        FollowUpRequest(
            FollowUpKind.SUPPLEMENT_REMINDER,
            obligation.id,
            f"{days} working days before {obligation.due_on}",
            max(now, moment),
        )
        for days, moment in _reminder_times(obligation, matter, calendar).items()
    )


def _reminder_times(obligation: Obligation, matter: Matter, calendar: WorkCalendar) -> dict[int, datetime]:
    material = matter.material(obligation.material)
    route = material.by_deferral if material else None
    last_day = datetime.fromisoformat(obligation.due_on).date()
    before = route.remind_before if route else ()
    return {days: start_of(working_days_before(last_day, days, calendar)) for days in before}


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
