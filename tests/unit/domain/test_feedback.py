"""Ratings and complaints: what needs an answer, by when, and every transition that is legal or not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest

from license_service.adapters.workday_calendar import china_calendar
from license_service.domain.deadlines import Period, Unit
from license_service.domain.feedback import (
    FEEDBACK_STATES,
    Feedback,
    FeedbackState,
    answer,
    feedback_from_json,
    feedback_to_json,
    mark_overdue,
    receive,
)
from license_service.domain.feedback_rule import AnswerRule, Channel, FeedbackKind, FeedbackRule, Said
from license_service.errors import CaseStateError

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday
CALENDAR = china_calendar()
RULE = FeedbackRule(
    "1", date(2026, 1, 1), None, "basis", 2,
    AnswerRule(Period(15, Unit.WORKING_DAYS), "of ratings"),
    AnswerRule(Period(5, Unit.WORKING_DAYS), "of complaints"), (),
)  # fmt: skip
COMPLAINT = Said(FeedbackKind.COMPLAINT, Channel.HOTLINE_12345, ("too-slow",))


def _rated(score: int) -> Said:
    return Said(FeedbackKind.RATING, Channel.WINDOW, (), score)


def _received(said: Said = COMPLAINT) -> Feedback:
    return receive("f1", "c1", said, RULE, 3, CALENDAR, NOW).feedback


@pytest.mark.parametrize(
    ("said", "due_on", "basis"),
    [
        (_rated(1), "2026-03-23", "of ratings"),
        (_rated(2), "2026-03-23", "of ratings"),
        (_rated(3), None, "basis"),
        (_rated(5), None, "basis"),
        (COMPLAINT, "2026-03-09", "of complaints"),
    ],
)
def test_only_what_is_bad_gets_a_deadline_and_one_follow_up_at_its_end(
    said: Said, due_on: str | None, basis: str
) -> None:
    change = receive("f1", "c1", said, RULE, 3, CALENDAR, NOW)
    (event,) = change.events
    assert (event.data["due_on"], event.data["basis"], event.data["trace_until"]) == (due_on, basis, 3)
    assert change.feedback.state == ("open" if due_on else "noted")
    asked = [(item.kind, item.subject, item.due_at) for item in change.follow_ups]
    assert asked == ([("feedback_due", "c1.f1", change.feedback.due_at)] if due_on else [])


@pytest.mark.parametrize(("state", "change"), list(product(FeedbackState, ["answer", "overdue"])))
def test_every_transition_in_the_table_is_done_and_every_other_refused(
    state: FeedbackState, change: str
) -> None:
    feedback = replace(_received(), state=state)
    target = FeedbackState.ANSWERED if change == "answer" else FeedbackState.OVERDUE

    def do() -> FeedbackState:
        done = answer(feedback, NOW) if change == "answer" else mark_overdue(feedback)
        return done.feedback.state

    if target in FEEDBACK_STATES[state]:
        assert do() is target
    else:
        with pytest.raises(CaseStateError):
            do()


def test_an_answer_says_whether_it_was_late_and_an_overdue_one_refers_the_case() -> None:
    feedback = _received()
    due = feedback.due_at
    assert due is not None
    assert answer(feedback, NOW).events[0].data == {"feedback": "f1", "late": False}
    assert answer(feedback, due).events[0].data["late"] is True
    assert [event.kind for event in mark_overdue(feedback).events] == ["feedback.overdue", "case.referred"]


def test_it_is_late_only_at_the_end_of_the_time_and_only_while_no_answer_came() -> None:
    feedback = _received()
    due = feedback.due_at
    assert due is not None
    assert (feedback.is_late(NOW), feedback.is_late(due)) == (False, True)
    assert not answer(feedback, NOW).feedback.is_late(due)
    assert not _received(_rated(5)).is_late(due)


@pytest.mark.parametrize("said", [COMPLAINT, _rated(1), _rated(5)])
def test_it_survives_json(said: Said) -> None:
    for feedback in (_received(said), replace(_received(said), answered_at=NOW)):
        assert feedback_from_json(json.loads(json.dumps(feedback_to_json(feedback)))) == feedback


def test_the_drawing_of_the_states_shows_the_table() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "tracing.md").read_text()
    drawn = set(re.findall(r"^    (\w+) --> (\w+):", text, re.MULTILINE))
    assert drawn == {(state, after) for state, all_after in FEEDBACK_STATES.items() for after in all_after}
