"""A case: what was accepted, what is promised or owed, and what became of it.

Every change is a pure function from a case to a `Transition`: the new case, the events that say so, and
the follow-ups that must happen. `STATES` is the one table of what may follow what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.domain.assessment import (
    Assessment,
    MaterialFinding,
    MaterialOutcome,
    OverallOutcome,
)
from license_service.domain.decision_clock import DecisionClock, start_clock
from license_service.domain.matter import AtExpiry, Matter
from license_service.domain.obligation import (
    FollowUpRequest,
    Obligation,
    ObligationKind,
    ObligationState,
    describe,
    follow_ups_of,
    obligations_of,
)
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError


class CaseState(StrEnum):
    """Where a case stands."""

    CORRECTION_NEEDED = "correction_needed"
    MANUAL_REVIEW = "manual_review"
    ACCEPTED_WITH_OBLIGATIONS = "accepted_with_obligations"
    COMPLETE = "complete"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    ACCEPTANCE_REVOKED = "acceptance_revoked"
    REFUSED = "refused"
    TERMINATED = "terminated"
    NOT_ELIGIBLE = "not_eligible"


class CheckResult(StrEnum):
    """What a commitment check finds; a source that cannot be read is undetermined, never broken."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDETERMINED = "undetermined"


class EventKind(StrEnum):
    """What happened; append-only."""

    VERIFICATION_COMPLETED = "verification.completed"
    CASE_ASSESSED = "case.assessed"
    COMMITMENT_CHECKED = "commitment.checked"
    COMMITMENT_OVERDUE = "commitment.overdue"
    SUPPLEMENT_REMINDED = "supplement.reminded"
    SUPPLEMENT_REFUSED = "supplement.refused"
    SUPPLEMENT_RECEIVED = "supplement.received"
    SUPPLEMENT_EXPIRED = "supplement.expired"
    CASE_CLOSED = "case.closed"
    DEADLINE_RECOMPUTED = "deadline.recomputed"
    CLOCK_SUSPENDED = "clock.suspended"
    CLOCK_RESUMED = "clock.resumed"
    CLOCK_EXTENDED = "clock.extended"
    FOLLOW_UP_DEAD = "follow_up.dead"
    CASE_REFERRED = "case.referred"
    PAPER_ISSUED = "paper.issued"
    LICENSE_USED = "license.used"
    PAPER_DELIVERED = "paper.delivered"


STATES: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.CORRECTION_NEEDED: frozenset(),
    CaseState.MANUAL_REVIEW: frozenset(),
    CaseState.NOT_ELIGIBLE: frozenset(),
    CaseState.ACCEPTED_WITH_OBLIGATIONS: frozenset(
        {CaseState.COMPLETE, CaseState.MANUAL_REVIEW, *(CaseState(value) for value in AtExpiry)}
    ),
    CaseState.COMPLETE: frozenset(),
    **{CaseState(value): frozenset() for value in AtExpiry},
}
"""What may follow each state. A corrected application is a new case; a person decides a reviewed one."""

_FIRST_STATES = {
    OverallOutcome.ACCEPTED: CaseState.COMPLETE,
    OverallOutcome.ACCEPTED_WITH_OBLIGATIONS: CaseState.ACCEPTED_WITH_OBLIGATIONS,
    OverallOutcome.CORRECTION_NEEDED: CaseState.CORRECTION_NEEDED,
    OverallOutcome.MANUAL_REVIEW: CaseState.MANUAL_REVIEW,
    OverallOutcome.NOT_ELIGIBLE: CaseState.NOT_ELIGIBLE,
}


@dataclass(frozen=True)
class Case:
    """Hold a case. It names people by nothing: who applies is kept apart."""

    id: str
    matter_code: str
    matter_version: str
    state: CaseState
    findings: tuple[MaterialFinding, ...]
    obligations: tuple[Obligation, ...]
    opened_at: datetime
    decision: DecisionClock | None = None
    """Runs from acceptance; None where nothing was accepted, or the matter states no time limit."""

    def obligation(self, obligation_id: str) -> Obligation:
        """Return an obligation.

        Raises:
            CaseStateError: if the case has none of that id.
        """
        found = next((item for item in self.obligations if item.id == obligation_id), None)
        if found is None:
            raise CaseStateError(f"no obligation {obligation_id}")
        return found

    def open_deferral(self, material: str) -> Obligation:
        """Return the open debt of a material.

        Raises:
            CaseStateError: if nothing is owed for it.
        """
        for item in self.obligations:
            if (item.material, item.kind, item.state) == (
                material, ObligationKind.DEFERRAL, ObligationState.OPEN,
            ):  # fmt: skip
                return item
        raise CaseStateError(f"nothing is owed for {material}")


@dataclass(frozen=True)
class Event:
    """Say what happened; `data` holds ids, codes and dates, no personal data."""

    kind: EventKind
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Transition:
    """Hold what a change leaves behind."""

    case: Case
    events: tuple[Event, ...]
    follow_ups: tuple[FollowUpRequest, ...] = ()


def open_case(
    case_id: str, matter: Matter, assessment: Assessment, calendar: WorkCalendar, now: datetime
) -> Transition:
    """Open a case from an assessment; a corrected or doubtful one is kept too, with what was told."""
    accepted = assessment.outcome in (OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS)
    obligations = obligations_of(case_id, matter, assessment, calendar, now) if accepted else ()
    case = Case(
        id=case_id,
        matter_code=matter.code,
        matter_version=matter.version,
        state=_FIRST_STATES[assessment.outcome],
        findings=assessment.findings,
        obligations=obligations,
        opened_at=now,
        decision=start_clock(matter, now) if accepted else None,
    )
    assessed = Event(
        EventKind.CASE_ASSESSED,
        {
            "outcome": assessment.outcome.value,
            "matter": matter.code,
            "matter_version": matter.version,
            "materials": {f.material: f.outcome.value for f in assessment.findings},
            "reports": sorted({f.report_id for f in assessment.findings if f.report_id}),
            "obligations": [describe(item) for item in obligations],
            "not_eligible": list(assessment.not_eligible()),
            "unanswered": list(assessment.unanswered()),
        },
    )
    closed = (_closed(case),) if case.state is CaseState.COMPLETE else ()
    follow_ups = tuple(f for item in obligations for f in follow_ups_of(item, matter, calendar, now))
    return Transition(case, (assessed, *closed), follow_ups)


def record_check(case: Case, obligation_id: str, result: CheckResult) -> Transition:
    """Record a commitment check; only a second reading that says so breaks a promise.

    Raises:
        CaseStateError: if the case or the obligation is no longer open.
    """
    obligation = _require_open(case, obligation_id, ObligationKind.COMMITMENT)
    readings = obligation.broken_readings + 1 if result is CheckResult.BROKEN else 0
    states = {CheckResult.KEPT: ObligationState.KEPT}
    state = states.get(result, ObligationState.BROKEN if readings > 1 else ObligationState.OPEN)
    changed = _with_obligation(case, replace(obligation, state=state, broken_readings=readings))
    checked = Event(
        EventKind.COMMITMENT_CHECKED,
        {"obligation": obligation.id, "result": result.value, "state": state.value},
    )
    if state is ObligationState.BROKEN:
        changed = _moved(changed, CaseState.MANUAL_REVIEW)
    return _settle(changed, (checked,))


def record_overdue(case: Case, obligation_id: str) -> Transition:
    """Record that a promise was not checked in time: a person must act, the promise is not broken."""
    obligation = _require_open(case, obligation_id, ObligationKind.COMMITMENT)
    event = Event(EventKind.COMMITMENT_OVERDUE, {"obligation": obligation.id, "due_on": obligation.due_on})
    return Transition(_moved(case, CaseState.MANUAL_REVIEW), (event,))


def remind(case: Case, obligation_id: str) -> Transition:
    """Remind of what is owed."""
    obligation = _require_open(case, obligation_id, ObligationKind.DEFERRAL)
    return Transition(case, (Event(EventKind.SUPPLEMENT_REMINDED, describe(obligation)),))


def supply(case: Case, obligation_id: str, finding: MaterialFinding, now: datetime) -> Transition:
    """Take what was owed, if it satisfies the material and has arrived in time.

    What is handed in is judged like anything else; what does not satisfy leaves the debt open.
    Clause: time is arrival at the authority (domain practice of 容缺受理).

    Raises:
        CaseStateError: if nothing is owed any more, or the deadline has passed.
    """
    obligation = _require_open(case, obligation_id, ObligationKind.DEFERRAL)
    if finding.material != obligation.material:
        raise CaseStateError(f"{obligation_id} is owed {obligation.material}, not {finding.material}")
    if now > obligation.due_at:
        raise CaseStateError("the deadline has passed")
    satisfied = finding.outcome in (MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED)
    data = {
        "obligation": obligation.id,
        "material": finding.material,
        "outcome": finding.outcome.value,
        "reasons": list(finding.reasons),
        "report": finding.report_id,
    }
    if not satisfied:
        return Transition(case, (Event(EventKind.SUPPLEMENT_REFUSED, data),))
    findings = tuple(finding if f.material == finding.material else f for f in case.findings)
    changed = _with_obligation(
        replace(case, findings=findings), replace(obligation, state=ObligationState.SUPPLIED)
    )
    return _settle(changed, (Event(EventKind.SUPPLEMENT_RECEIVED, data),))


def expire(case: Case, obligation_id: str) -> Transition:
    """Apply what the catalogue says happens to a debt not paid in time."""
    obligation = _require_open(case, obligation_id, ObligationKind.DEFERRAL)
    changed = _with_obligation(case, replace(obligation, state=ObligationState.EXPIRED))
    event = Event(EventKind.SUPPLEMENT_EXPIRED, {**describe(obligation), "at_expiry": obligation.at_expiry})
    moved = _moved(changed, CaseState(obligation.at_expiry))
    return Transition(moved, (event, _closed(moved)))


def is_due(case: Case, obligation_id: str, now: datetime) -> bool:
    """Tell whether the deadline of an obligation has passed."""
    return case.obligation(obligation_id).due_at <= now


def is_open(case: Case, obligation_id: str) -> bool:
    """Tell whether an obligation still waits: a follow-up that comes late has nothing to do."""
    waiting = case.state is CaseState.ACCEPTED_WITH_OBLIGATIONS
    return waiting and case.obligation(obligation_id).state is ObligationState.OPEN


def _settle(case: Case, events: tuple[Event, ...]) -> Transition:
    settled = all(o.state in (ObligationState.KEPT, ObligationState.SUPPLIED) for o in case.obligations)
    if not settled or case.state is not CaseState.ACCEPTED_WITH_OBLIGATIONS:
        return Transition(case, events)
    complete = _moved(case, CaseState.COMPLETE)
    return Transition(complete, (*events, _closed(complete)))


def _moved(case: Case, state: CaseState) -> Case:
    if state not in STATES[case.state]:
        raise CaseStateError(f"{case.state} cannot become {state}")
    return replace(case, state=state)


def _require_open(case: Case, obligation_id: str, kind: ObligationKind) -> Obligation:
    obligation = case.obligation(obligation_id)
    if not is_open(case, obligation_id) or obligation.kind is not kind:
        raise CaseStateError(f"{obligation_id} is no open {kind}")
    return obligation


def _with_obligation(case: Case, changed: Obligation) -> Case:
    return replace(case, obligations=tuple(changed if o.id == changed.id else o for o in case.obligations))


def _closed(case: Case) -> Event:
    return Event(EventKind.CASE_CLOSED, {"state": case.state.value})
