"""What becomes of a debt (容缺): reminders, what is handed in, an extension, and the end of its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from license_service.domain.acts import Act, ActKind
from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import (
    Case,
    CaseAction,
    Circumstances,
    Event,
    EventKind,
    Transition,
    closed,
    require_open,
    settled,
)
from license_service.domain.credit import entry_for
from license_service.domain.deadlines import deadline_after
from license_service.domain.matter import AtExpiry
from license_service.domain.obligation import (
    DEFERRAL,
    DeferralAction,
    Obligation,
    ObligationKind,
    describe,
    follow_ups_of,
    moved_to,
)
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import last_moment
from license_service.errors import CaseStateError, ExtendedBeforeError

_PAYS = frozenset({MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED})
_EXPIRIES = {
    AtExpiry.DEEMED_WITHDRAWN: CaseAction.DEEM_WITHDRAWN,
    AtExpiry.ACCEPTANCE_REVOKED: CaseAction.REVOKE_ACCEPTANCE,
    AtExpiry.REFUSED: CaseAction.REFUSE,
    AtExpiry.TERMINATED: CaseAction.TERMINATE,
}


def remind(case: Case, obligation_id: str) -> Transition:
    """Remind of what is owed.

    Raises:
        CaseStateError: if nothing is owed any more.
    """
    reminded = _after(case, obligation_id, DeferralAction.REMIND)
    return Transition(
        case.with_obligation(reminded), (Event(EventKind.SUPPLEMENT_REMINDED, describe(reminded)),)
    )


def supply(case: Case, obligation_id: str, finding: MaterialFinding, now: datetime) -> Transition:
    """Take what was owed, if it satisfies the material and has arrived in time.

    What is handed in is judged like anything else; what does not satisfy leaves the debt open.
    Clause: time is arrival at the authority (domain practice of 容缺受理).

    Raises:
        CaseStateError: if nothing is owed any more, or the deadline has passed.
    """
    pays = finding.outcome in _PAYS
    supplied = _after(case, obligation_id, DeferralAction.SUPPLY if pays else DeferralAction.DECLINE)
    if finding.material != supplied.material:
        raise CaseStateError(f"{obligation_id} is owed {supplied.material}, not {finding.material}")
    _require_time(supplied, now)
    data = {
        "obligation": supplied.id,
        "material": finding.material,
        "outcome": finding.outcome.value,
        "reasons": list(finding.reasons),
        "report": finding.report_id,
    }
    if not pays:
        return Transition(case, (Event(EventKind.SUPPLEMENT_REFUSED, data),))
    changed = case.with_obligation(supplied).with_finding(finding)
    return settled(changed, (Event(EventKind.SUPPLEMENT_RECEIVED, data),))


def extend(case: Case, obligation_id: str, act: Act, at: Circumstances) -> Transition:
    """Give a debt more time, once, for a stated reason, as the rule allows; reminders and expiry move.

    Raises:
        ExtendedBeforeError: if it was extended before.
        CaseStateError: if nothing is owed any more, the time is over, or the rule allows no extension.
    """
    owed = _after(case, obligation_id, DeferralAction.EXTEND)
    if any(earlier.kind is ActKind.EXTENSION for earlier in owed.acts):
        raise ExtendedBeforeError(f"{obligation_id} was extended before")
    material = at.matter.material(owed.material)
    by = material.by_deferral.extension if material and material.by_deferral else None
    if by is None:
        raise CaseStateError(f"the rule of {owed.material} allows no extension")
    _require_time(owed, at.now)
    deadline = deadline_after(last_moment(owed.due_at), by, at.calendar)
    longer = replace(moved_to(owed, deadline), acts=(*owed.acts, act))
    event = Event(
        EventKind.SUPPLEMENT_EXTENDED,
        {**describe(longer), "told_before": owed.due_on, "officer": act.officer},
    )
    return Transition(
        case.with_obligation(longer), (event,), follow_ups_of(longer, at.matter, at.calendar, at.now)
    )


def expire(case: Case, obligation_id: str, at: Circumstances) -> Transition:
    """Apply what the catalogue says happens to a debt not paid in time, and enter it where a rule says so.

    Raises:
        CaseStateError: if nothing is owed any more.
    """
    expired = _after(case, obligation_id, DeferralAction.EXPIRE)
    event = Event(EventKind.SUPPLEMENT_EXPIRED, {**describe(expired), "at_expiry": expired.at_expiry})
    moved = case.with_obligation(expired).after(_EXPIRIES[AtExpiry(expired.at_expiry)])
    credit = entry_for(at.matter, StandingMark.EXPIRED_DEBT, expired.id, at.calendar, at.now)
    return Transition(moved, (event, closed(moved)), credit=credit)


def _after(case: Case, obligation_id: str, action: DeferralAction) -> Obligation:
    owed = require_open(case, obligation_id, ObligationKind.DEFERRAL)
    return replace(owed, state=DEFERRAL.after(owed.state, action))


def _require_time(owed: Obligation, now: datetime) -> None:
    if now > owed.due_at:
        raise CaseStateError("the deadline has passed")
