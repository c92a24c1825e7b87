"""The decision on a case: granted or refused, once, and never while something is owed.

What was promised may be checked after it, and is counted from it where the rule says so.
Clause: 行政许可法, art. 38 (a decision in writing, a refusal with its reasons).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from license_service.domain.acts import Act
from license_service.domain.case import (
    Case,
    CaseAction,
    Circumstances,
    Event,
    EventKind,
    Transition,
    closed,
)
from license_service.domain.obligation import (
    ObligationKind,
    ObligationState,
    counted_from_decision,
    describe,
    follow_ups_of,
)
from license_service.errors import DebtOpenError, PromiseDisputedError

_DISPUTED = frozenset(
    {
        *(ObligationState.BROKEN, ObligationState.OBJECTED),
        *(ObligationState.CONFIRMED, ObligationState.RECTIFYING),
    }
)


class DecisionResult(StrEnum):
    """What is decided."""

    GRANTED = "granted"
    REFUSED = "refused"


def decide(case: Case, result: DecisionResult, act: Act, at: Circumstances) -> Transition:
    """Record the decision; time that counts from it begins.

    Raises:
        DebtOpenError: if something is owed.
        PromiseDisputedError: if it grants although a promise is found broken and that is not settled.
        CaseStateError: if the case awaits no decision.
    """
    granted = result is DecisionResult.GRANTED
    decided = replace(case.after(CaseAction.GRANT if granted else CaseAction.REFUSE), decided=act)
    _require_nothing_owed(case)
    if granted and any(item.state in _DISPUTED for item in case.obligations):
        raise PromiseDisputedError("a promise is found broken, and that is not settled")
    begun = {
        item.id: counted_from_decision(item, at.matter, at.calendar, at.now)
        for item in case.obligations
        if granted and item.awaits_decision and item.state is ObligationState.OPEN
    }
    for item in begun.values():
        decided = decided.with_obligation(item)
    data = {
        "decision": result.value, "officer": act.officer, "counted": [describe(i) for i in begun.values()],
    }  # fmt: skip
    events = (Event(EventKind.CASE_DECIDED, data),)
    over = not granted or decided.is_settled
    follow_ups = (
        request for item in begun.values() for request in follow_ups_of(item, at.matter, at.calendar, at.now)
    )
    return Transition(decided, (*events, closed(decided)) if over else events, tuple(follow_ups))


def _require_nothing_owed(case: Case) -> None:
    owed = [
        item.material
        for item in case.obligations
        if (item.kind, item.state) == (ObligationKind.DEFERRAL, ObligationState.OPEN)
    ]
    if owed:
        raise DebtOpenError(f"owed: {', '.join(owed)}")
