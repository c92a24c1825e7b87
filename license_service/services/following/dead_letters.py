"""What follows when a follow-up dies: an event that shows it, and for a deadline a person who decides.

A deadline whose follow-up died has passed all the same. It never passes in silence: a second follow-up
refers the case to manual review, which needs none of what the first one failed at.
"""

from __future__ import annotations

from datetime import datetime

from license_service.domain.case import Case, CaseAction, Event, EventKind, Transition
from license_service.domain.obligation import FollowUpKind
from license_service.services.ports import Transaction
from license_service.services.recording import record_event
from license_service.services.records import FollowUp, NewFollowUp

_DEADLINES = frozenset(
    {
        *(FollowUpKind.COMMITMENT_OVERDUE, FollowUpKind.COMMITMENT_CONSEQUENCE),
        FollowUpKind.SUPPLEMENT_EXPIRY,
    }
)


def record_death(tx: Transaction, dead: FollowUp, code: str, now: datetime) -> None:
    """Write what happened to the timeline of the case, and ask for a person where a deadline is at stake."""
    data = {"follow_up": dead.id, "kind": dead.kind, "code": code, "attempts": dead.attempts}
    event = Event(EventKind.FOLLOW_UP_DEAD, data)
    # That a webhook died is told by none: it would die too, and so on for ever.
    announced = dead.kind != FollowUpKind.WEBHOOK_DELIVERY
    case_id = _case_id(tx, dead)
    if case_id:
        tx.lock_case(case_id)
    record_event(tx, dead.tenant, case_id, event, now, announced=announced)
    if dead.kind in _DEADLINES:
        kind = FollowUpKind.MANUAL_REVIEW
        tx.add_follow_ups(NewFollowUp(dead.tenant, kind, dead.subject, dead.id, now))


def refer(case: Case, obligation_id: str) -> Transition:
    """Refer a case to a person, because a deadline of an obligation could not be followed up."""
    event = Event(EventKind.CASE_REFERRED, {"obligation": obligation_id})
    return Transition(case.after(CaseAction.REFER), (event,))


def _case_id(tx: Transaction, dead: FollowUp) -> str | None:
    if dead.kind in (FollowUpKind.BATCH_VERIFICATION, FollowUpKind.RETENTION):
        return None
    if dead.kind != FollowUpKind.WEBHOOK_DELIVERY:
        return dead.subject.split(".")[0]
    event = tx.event(dead.tenant, dead.subject.rpartition(":")[2])
    return event.case_id if event else None
