"""A case: what was accepted, what is promised or owed, and what became of it.

Every change is a pure function from a case to a `Transition`: the new case, the events that say so, and
the follow-ups that must happen. `CASE` is the one table of what may follow what. What becomes of promises
is in `promises`, of debts in `debts`, the decision in `decision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.domain.acts import Act
from license_service.domain.application import CommitmentOffer
from license_service.domain.assessment import Assessment, MaterialFinding, OverallOutcome
from license_service.domain.commitment_record import CommitmentRecord, record_to_json, records_of
from license_service.domain.credit import CreditEntry
from license_service.domain.decision_clock import DecisionClock, start_clock
from license_service.domain.machine import Machine
from license_service.domain.matter import Matter
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
    GRANTED = "granted"
    DECISION_REVOKED = "decision_revoked"


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
    CASE_BUNDLED = "case.bundled"
    FEEDBACK_RECEIVED = "feedback.received"
    FEEDBACK_OVERDUE = "feedback.overdue"
    FEEDBACK_ANSWERED = "feedback.answered"
    CASE_DECIDED = "case.decided"
    COMMITMENT_FOUND = "commitment.found"
    COMMITMENT_BROKEN = "commitment.broken"
    COMMITMENT_OBJECTED = "commitment.objected"
    COMMITMENT_RULED = "commitment.ruled"
    COMMITMENT_RECTIFY = "commitment.rectify"
    COMMITMENT_ENFORCED = "commitment.enforced"
    COMMITMENT_WITHDRAWN = "commitment.withdrawn"
    SUPPLEMENT_EXTENDED = "supplement.extended"
    CREDIT_RECORDED = "credit.recorded"
    CREDIT_OBJECTED = "credit.objected"
    CREDIT_RULED = "credit.ruled"
    CREDIT_REPAIRED = "credit.repaired"
    DATA_ASKED = "data.asked"
    PAPER_ISSUED = "paper.issued"
    LICENSE_USED = "license.used"
    PAPER_DELIVERED = "paper.delivered"
    DATA_ERASED = "data.erased"
    WAIT_WITHDRAWN = "wait.withdrawn"
    WAIT_EXPIRED = "wait.expired"
    WAIT_RECOMPUTED = "wait.recomputed"


class CaseAction(StrEnum):
    """What happens to a case."""

    SETTLE = "settle"
    REFER = "refer"
    RESUME = "resume"
    RETURN = "return"
    DEEM_WITHDRAWN = "deem_withdrawn"
    REVOKE_ACCEPTANCE = "revoke_acceptance"
    REFUSE = "refuse"
    TERMINATE = "terminate"
    GRANT = "grant"
    REVOKE_DECISION = "revoke_decision"


_S, _A = CaseState, CaseAction
CASE = Machine(
    "case",
    (_S.CORRECTION_NEEDED, _S.NOT_ELIGIBLE, _S.MANUAL_REVIEW, _S.ACCEPTED_WITH_OBLIGATIONS, _S.COMPLETE),
    {
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.SETTLE): _S.COMPLETE,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.REFER): _S.MANUAL_REVIEW,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.RETURN): _S.CORRECTION_NEEDED,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.DEEM_WITHDRAWN): _S.DEEMED_WITHDRAWN,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.REVOKE_ACCEPTANCE): _S.ACCEPTANCE_REVOKED,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.REFUSE): _S.REFUSED,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.TERMINATE): _S.TERMINATED,
        (_S.ACCEPTED_WITH_OBLIGATIONS, _A.GRANT): _S.GRANTED,
        (_S.MANUAL_REVIEW, _A.SETTLE): _S.COMPLETE,
        (_S.MANUAL_REVIEW, _A.REFER): _S.MANUAL_REVIEW,
        (_S.MANUAL_REVIEW, _A.RESUME): _S.ACCEPTED_WITH_OBLIGATIONS,
        (_S.MANUAL_REVIEW, _A.RETURN): _S.CORRECTION_NEEDED,
        (_S.MANUAL_REVIEW, _A.DEEM_WITHDRAWN): _S.DEEMED_WITHDRAWN,
        (_S.MANUAL_REVIEW, _A.REVOKE_ACCEPTANCE): _S.ACCEPTANCE_REVOKED,
        (_S.MANUAL_REVIEW, _A.REFUSE): _S.REFUSED,
        (_S.MANUAL_REVIEW, _A.TERMINATE): _S.TERMINATED,
        (_S.COMPLETE, _A.GRANT): _S.GRANTED,
        (_S.COMPLETE, _A.REFUSE): _S.REFUSED,
        (_S.GRANTED, _A.SETTLE): _S.GRANTED,
        (_S.GRANTED, _A.REFER): _S.GRANTED,
        (_S.GRANTED, _A.REVOKE_DECISION): _S.DECISION_REVOKED,
    },
    CaseStateError,
)
"""What may follow what. A corrected application is a new case; a decision stands while a person looks."""

_WAITING = frozenset({CaseState.ACCEPTED_WITH_OBLIGATIONS, CaseState.MANUAL_REVIEW, CaseState.GRANTED})
"""Where obligations run on: what a person looks at stops no deadline of anything else."""
_SETTLED = frozenset(
    {
        *(ObligationState.KEPT, ObligationState.SUPPLIED),
        *(ObligationState.ENFORCED, ObligationState.WITHDRAWN),
    }
)

_FIRST_STATES = {
    OverallOutcome.ACCEPTED: CaseState.COMPLETE,
    OverallOutcome.ACCEPTED_WITH_OBLIGATIONS: CaseState.ACCEPTED_WITH_OBLIGATIONS,
    OverallOutcome.CORRECTION_NEEDED: CaseState.CORRECTION_NEEDED,
    OverallOutcome.MANUAL_REVIEW: CaseState.MANUAL_REVIEW,
    OverallOutcome.NOT_ELIGIBLE: CaseState.NOT_ELIGIBLE,
}


_MOST_REASONS = 5
"""For each material in the event, so that it stays within the size of an entry; the case holds all."""


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
    decided: Act | None = None
    commitments: tuple[CommitmentRecord, ...] = ()

    def after(self, action: CaseAction) -> Case:
        """Return the case after what happens to it.

        Raises:
            CaseStateError: if its state does not allow it.
        """
        return replace(self, state=CASE.after(self.state, action))

    def with_obligation(self, changed: Obligation) -> Case:
        """Return the case with an obligation of it changed."""
        found = (changed if item.id == changed.id else item for item in self.obligations)
        return replace(self, obligations=tuple(found))

    def with_finding(self, finding: MaterialFinding) -> Case:
        """Return the case with what became of one material changed."""
        found = (finding if item.material == finding.material else item for item in self.findings)
        return replace(self, findings=tuple(found))

    def is_pending(self, obligation_id: str) -> bool:
        """Tell whether something may still follow from an obligation."""
        return self.is_waiting and self.obligation(obligation_id).state not in _SETTLED

    @property
    def is_waiting(self) -> bool:
        """Tell whether what it promised and owes is followed up."""
        return self.state in _WAITING

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is left of what was promised and owed."""
        return all(item.state in _SETTLED for item in self.obligations)

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
    credit: tuple[CreditEntry, ...] = ()
    """What it enters against the applicant."""


@dataclass(frozen=True)
class Circumstances:
    """Hold what a change depends on beside the case: the rule it was accepted under, calendar, and time."""

    matter: Matter
    calendar: WorkCalendar
    now: datetime


def open_case(
    case_id: str,
    matter: Matter,
    assessment: Assessment,
    calendar: WorkCalendar,
    now: datetime,
    offers: tuple[CommitmentOffer, ...] = (),
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
        commitments=tuple(records_of(assessment, matter, offers, now)),
    )
    assessed = Event(
        EventKind.CASE_ASSESSED,
        {
            "outcome": assessment.outcome.value,
            "matter": matter.code,
            "matter_version": matter.version,
            "materials": {f.material: f.outcome.value for f in assessment.findings},
            "grounds": {f.material: _ground(f) for f in assessment.findings},
            "reports": sorted({f.report_id for f in assessment.findings if f.report_id}),
            "obligations": [describe(item) for item in obligations],
            "commitments": [record_to_json(item) for item in case.commitments],
            "not_eligible": list(assessment.not_eligible()),
            "unanswered": list(assessment.unanswered()),
        },
    )
    ended = (closed(case),) if case.state is CaseState.COMPLETE else ()
    follow_ups = tuple(f for item in obligations for f in follow_ups_of(item, matter, calendar, now))
    return Transition(case, (assessed, *ended), follow_ups)


def is_due(case: Case, obligation_id: str, now: datetime) -> bool:
    """Tell whether the deadline of an obligation has passed; what counts from a decision waits for it."""
    obligation = case.obligation(obligation_id)
    return obligation.due_at <= now and not obligation.awaits_decision


def is_open(case: Case, obligation_id: str) -> bool:
    """Tell whether an obligation still waits: a follow-up that comes late has nothing to do."""
    return case.obligation(obligation_id).state is ObligationState.OPEN and case.is_waiting


def require_open(case: Case, obligation_id: str, kind: ObligationKind) -> Obligation:
    """Return an obligation that still waits.

    Raises:
        CaseStateError: if it does not, or is of another kind.
    """
    obligation = case.obligation(obligation_id)
    if not is_open(case, obligation_id) or obligation.kind is not kind:
        raise CaseStateError(f"{obligation_id} is no open {kind}")
    return obligation


def settled(
    case: Case, events: tuple[Event, ...], follow_ups: tuple[FollowUpRequest, ...] = ()
) -> Transition:
    """Return the transition to a case, which closes where nothing is left of what it promised and owed."""
    if not case.is_settled:
        return Transition(case, events, follow_ups)
    done = case.after(CaseAction.SETTLE)
    return Transition(done, (*events, closed(done)), follow_ups)


def _ground(finding: MaterialFinding) -> dict[str, Any]:
    reasons = list(finding.reasons[:_MOST_REASONS])
    return {"code": finding.code, "report": finding.report_id, "reasons": reasons}


def closed(case: Case) -> Event:
    """Return the event that says that nothing more will happen by itself, and in which state."""
    return Event(EventKind.CASE_CLOSED, {"state": case.state.value})
