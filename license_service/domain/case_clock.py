"""What moves the deadlines of a case: special procedures, an extension, an official calendar at last.

The reasons are kept in the case, for the applicant to read; events name codes alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from license_service.domain.case import Case, CaseState, Event, EventKind, Transition
from license_service.domain.decision_clock import DecisionClock, extend_clock, resume_clock, suspend_clock
from license_service.domain.matter import Matter
from license_service.domain.obligation import FollowUpKind, describe, follow_ups_of, recomputed
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

_ACCEPTED = frozenset({CaseState.ACCEPTED_WITH_OBLIGATIONS, CaseState.COMPLETE})


def suspend(case: Case, matter: Matter, procedure: str, reason: str, now: datetime) -> Transition:
    """Stop the clock of the decision for a special procedure that the matter names.

    Raises:
        CaseStateError: if the clock does not run, or the matter has no such procedure.
    """
    named = matter.special_procedure(procedure)
    if named is None:
        raise CaseStateError(f"{matter.code} has no special procedure {procedure}")
    changed = suspend_clock(_clock(case), procedure, reason, now)
    data = {"procedure": procedure, "basis": named.basis}
    return Transition(replace(case, decision=changed), (Event(EventKind.CLOCK_SUSPENDED, data),))


def resume(case: Case, reason: str, now: datetime) -> Transition:
    """Let the clock of the decision run again.

    Raises:
        CaseStateError: if it is not stopped.
    """
    changed = resume_clock(_clock(case), reason, now)
    data = {"procedure": changed.suspensions[-1].procedure}
    return Transition(replace(case, decision=changed), (Event(EventKind.CLOCK_RESUMED, data),))


def extend(case: Case, matter: Matter, reason: str, calendar: WorkCalendar, now: datetime) -> Transition:
    """Give the decision more time, once, for a reason the applicant is told (行政许可法, art. 42 and 45).

    Raises:
        CaseStateError: if it was extended before, the matter allows none, or the time is over.
    """
    limit = matter.time_limit
    if limit is None or limit.extension is None:
        raise CaseStateError(f"{matter.code} allows no extension")
    changed = extend_clock(_clock(case), limit.extension, reason, calendar, now)
    data = {"count": limit.extension.count, "unit": limit.extension.unit.value, "basis": limit.basis}
    return Transition(replace(case, decision=changed), (Event(EventKind.CLOCK_EXTENDED, data),))


def recompute(case: Case, matter: Matter, calendar: WorkCalendar, now: datetime) -> Transition | None:
    """Count provisional deadlines of open obligations again; None where no deadline changes.

    Follow-ups of the day told before find their obligation not due yet, and do nothing.
    """
    changed = {
        item.id: again
        for item in case.obligations
        if case.is_pending(item.id) and (again := recomputed(item, calendar)) != item
    }
    if not changed:
        return None
    obligations = tuple(changed.get(item.id, item) for item in case.obligations)
    events = tuple(
        Event(EventKind.DEADLINE_RECOMPUTED, {**describe(changed[item.id]), "told_before": item.due_on})
        for item in case.obligations
        if item.id in changed
    )
    follow_ups = tuple(
        request
        for item in case.obligations
        if item.id in changed and changed[item.id].due_at > item.due_at
        for request in follow_ups_of(changed[item.id], matter, calendar, now)
        if request.kind is not FollowUpKind.COMMITMENT_CHECK
    )
    return Transition(replace(case, obligations=obligations), events, follow_ups)


def _clock(case: Case) -> DecisionClock:
    if case.decision is None or case.state not in _ACCEPTED:
        raise CaseStateError("no decision is awaited")
    return case.decision
