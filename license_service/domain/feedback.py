"""Ratings (好差评) and complaints (12345) about a case, and what a bad one obliges to.

A bad rating or a complaint must be answered within the time the catalogue states; one that is not answered
in time goes to a person. What people wrote is kept apart: here are codes, dates and ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.case import Event, EventKind
from license_service.domain.case_json import deadline_to_json
from license_service.domain.deadlines import deadline_after
from license_service.domain.feedback_rule import Channel, FeedbackKind, FeedbackRule, Said
from license_service.domain.obligation import FollowUpKind, FollowUpRequest
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError


class FeedbackState(StrEnum):
    """Where it stands; a good rating is noted, and that is all."""

    NOTED = "noted"
    OPEN = "open"
    OVERDUE = "overdue"
    ANSWERED = "answered"


FEEDBACK_STATES: Mapping[FeedbackState, frozenset[FeedbackState]] = {
    FeedbackState.NOTED: frozenset(),
    FeedbackState.OPEN: frozenset({FeedbackState.OVERDUE, FeedbackState.ANSWERED}),
    FeedbackState.OVERDUE: frozenset({FeedbackState.ANSWERED}),
    FeedbackState.ANSWERED: frozenset(),
}
"""What may follow each state."""


@dataclass(frozen=True)
class Feedback:
    """Hold a rating or a complaint; `trace_until` is the last event of the case when it came."""

    id: str
    case_id: str
    said: Said
    state: FeedbackState
    received_at: datetime
    trace_until: int
    rule_version: str
    basis: str = ""
    deadline: Mapping[str, Any] | None = None
    """By when an answer is due and how that was counted, as told; None where none is."""
    answered_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Tell whether an answer is due and did not come in time."""
        due_at = self.due_at
        return self.state is FeedbackState.OPEN and due_at is not None and due_at <= now

    @property
    def due_at(self) -> datetime | None:
        """Return the end of the time for an answer."""
        return parse_instant(self.deadline["due_at"]) if self.deadline else None


@dataclass(frozen=True)
class FeedbackTransition:
    """Hold what a change leaves behind."""

    feedback: Feedback
    events: tuple[Event, ...]
    follow_ups: tuple[FollowUpRequest, ...] = ()


def receive(
    identifier: str,
    case_id: str,
    said: Said,
    rule: FeedbackRule,
    trace_until: int,
    calendar: WorkCalendar,
    now: datetime,
) -> FeedbackTransition:
    """Take a rating or a complaint; one that needs an answer gets a deadline and a follow-up at its end."""
    due = rule.answer_due(said)
    deadline = deadline_after(now, due.within, calendar) if due else None
    feedback = Feedback(
        identifier,
        case_id,
        said,
        FeedbackState.OPEN if due else FeedbackState.NOTED,
        now,
        trace_until,
        rule.version,
        due.basis if due else rule.basis,
        deadline_to_json(deadline) if deadline else None,
    )
    data = {
        "feedback": identifier,
        "type": said.kind.value,
        "channel": said.channel.value,
        "score": said.score,
        "reasons": list(said.reasons),
        "due_on": deadline.due_on.isoformat() if deadline else None,
        "basis": feedback.basis,
        "trace_until": trace_until,
    }
    subject = f"{case_id}.{identifier}"
    asked = (FollowUpRequest(FollowUpKind.FEEDBACK_DUE, subject, "1", deadline.due_at),) if deadline else ()
    return FeedbackTransition(feedback, (Event(EventKind.FEEDBACK_RECEIVED, data),), asked)


def mark_overdue(feedback: Feedback) -> FeedbackTransition:
    """Record that no answer came in time, and refer the case to a person.

    Raises:
        CaseStateError: if none is awaited.
    """
    about = {"feedback": feedback.id}
    events = (
        Event(EventKind.FEEDBACK_OVERDUE, {**about, "basis": feedback.basis}),
        Event(EventKind.CASE_REFERRED, about),
    )
    return FeedbackTransition(_moved(feedback, FeedbackState.OVERDUE), events)


def answer(feedback: Feedback, now: datetime) -> FeedbackTransition:
    """Record that an answer was given, in time or late.

    Raises:
        CaseStateError: if none is awaited.
    """
    answered = replace(_moved(feedback, FeedbackState.ANSWERED), answered_at=now)
    due_at = feedback.due_at
    data = {"feedback": feedback.id, "late": due_at is not None and due_at <= now}
    return FeedbackTransition(answered, (Event(EventKind.FEEDBACK_ANSWERED, data),))


def feedback_to_json(feedback: Feedback) -> dict[str, Any]:
    """Return the wire shape; members are only ever added."""
    said = feedback.said
    return {
        "id": feedback.id,
        "case_id": feedback.case_id,
        "kind": said.kind.value,
        "channel": said.channel.value,
        "score": said.score,
        "reasons": list(said.reasons),
        "state": feedback.state.value,
        "received_at": format_instant(feedback.received_at),
        "trace_until": feedback.trace_until,
        "rule_version": feedback.rule_version,
        "basis": feedback.basis,
        "deadline": dict(feedback.deadline) if feedback.deadline else None,
        "answered_at": format_instant(feedback.answered_at) if feedback.answered_at else None,
    }


def feedback_from_json(data: Mapping[str, Any]) -> Feedback:
    """Read the wire shape."""
    return Feedback(
        id=data["id"],
        case_id=data["case_id"],
        said=Said(
            FeedbackKind(data["kind"]), Channel(data["channel"]), tuple(data["reasons"]), data["score"]
        ),
        state=FeedbackState(data["state"]),
        received_at=parse_instant(data["received_at"]),
        trace_until=data["trace_until"],
        rule_version=data["rule_version"],
        basis=data["basis"],
        deadline=data["deadline"],
        answered_at=parse_instant(data["answered_at"]) if data["answered_at"] else None,
    )


def _moved(feedback: Feedback, state: FeedbackState) -> Feedback:
    if state not in FEEDBACK_STATES[feedback.state]:
        raise CaseStateError(f"{feedback.state} feedback cannot become {state}")
    return replace(feedback, state=state)
