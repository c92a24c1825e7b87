"""The clock of a decision: stopped with a reason, extended once, and never moved back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import Case, CaseState, EventKind, Transition, is_due, open_case
from license_service.domain.case_clock import extend, recompute, resume, suspend
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.deadlines import Period, SkipReason, Unit
from license_service.domain.decision_clock import deadlines
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DeferralRoute,
    Material,
    Matter,
    Notice,
    SpecialProcedure,
    TimeLimit,
)
from license_service.domain.obligation import FollowUpKind
from license_service.domain.workdays import WorkCalendar, YearCalendar
from license_service.errors import CaseStateError

MONDAY = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))
LIMIT = TimeLimit(
    Period(20, Unit.WORKING_DAYS), Period(10, Unit.WORKING_DAYS), Period(10, Unit.WORKING_DAYS), "b"
)
DEBT = DeferralRoute(Period(10, Unit.WORKING_DAYS), (3, 1), AtExpiry.REFUSED, "b")
PROMISE = CommitmentRoute(
    Notice("n", "1", "告知", "Notice", "b"),
    CheckPlan(CheckMethod.DATA_SOURCE, Period(5, Unit.WORKING_DAYS), "registry"),
    "b",
)
MATERIAL = Material("debt", "材料", "Material", False, "b", None, PROMISE, DEBT, True)  # noqa: FBT003
MATTER = Matter(
    "matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b",
    (MATERIAL, replace(MATERIAL, code="promise")),
    time_limit=LIMIT, special_procedures=(SpecialProcedure("hearing", "听证", "Hearing", "b"),),
)  # fmt: skip
OWED = MaterialFinding("debt", MaterialOutcome.DEFERRED, "DEFERRED")
PROMISED = MaterialFinding("promise", MaterialOutcome.COMMITTED, "COMMITTED")


def _opened(
    outcome: OverallOutcome = OverallOutcome.ACCEPTED_WITH_OBLIGATIONS,
    matter: Matter = MATTER,
    now: datetime = MONDAY,
) -> Case:
    return open_case("c", matter, Assessment(outcome, (OWED, PROMISED), ()), CALENDAR, now).case


def _due(case: Case) -> list[date]:
    assert case.decision is not None
    return [deadline.due_on for deadline in deadlines(case.decision, CALENDAR)]


CASE = _opened()
STOPPED = suspend(CASE, MATTER, "hearing", "需要听证", MONDAY + DAY).case
EXTENDED = extend(CASE, MATTER, "情况复杂", CALENDAR, MONDAY + DAY).case


@pytest.mark.parametrize("outcome", OverallOutcome)
def test_the_clock_starts_at_acceptance_and_at_nothing_else(outcome: OverallOutcome) -> None:
    accepted = outcome in {OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS}
    assert (_opened(outcome).decision is not None) is accepted
    assert _opened(outcome, replace(MATTER, time_limit=None)).decision is None


def test_the_decision_is_due_when_the_authority_promises() -> None:
    assert _due(CASE) == [date(2025, 3, 17)]


def test_days_on_which_the_clock_stood_still_do_not_count_and_say_so() -> None:
    assert _due(STOPPED) == []
    resumed = resume(STOPPED, "听证结束", MONDAY + 4 * DAY).case  # stopped on Tuesday, runs again on Friday
    assert _due(resumed) == [date(2025, 3, 20)]
    assert resumed.decision is not None
    (deadline,) = deadlines(resumed.decision, CALENDAR)
    suspended = [i.day.day for i in deadline.explanation.skipped if i.reason is SkipReason.SUSPENDED]
    assert suspended == [5, 6, 7]
    assert resumed.decision.suspensions[0].resumed_because == "听证结束"


def test_a_clock_stopped_and_started_on_one_day_loses_nothing() -> None:
    assert _due(resume(STOPPED, "r", MONDAY + DAY + timedelta(hours=2)).case) == _due(CASE)


def test_an_extension_is_counted_from_the_end_of_the_limit() -> None:
    assert _due(EXTENDED) == [date(2025, 3, 17), date(2025, 3, 31)]


REFUSED: dict[str, Callable[[], Transition]] = {
    "stopped twice": lambda: suspend(STOPPED, MATTER, "hearing", "r", MONDAY + 2 * DAY),
    "started while it runs": lambda: resume(CASE, "r", MONDAY),
    "a procedure the matter does not name": lambda: suspend(CASE, MATTER, "tender", "r", MONDAY),
    "extended twice": lambda: extend(EXTENDED, MATTER, "r", CALENDAR, MONDAY),
    "extended while it is stopped": lambda: extend(STOPPED, MATTER, "r", CALENDAR, MONDAY),
    "extended when the time is over": lambda: extend(
        CASE, MATTER, "r", CALENDAR, datetime(2025, 3, 17, 16, tzinfo=UTC)
    ),
    "extended where the matter allows none": lambda: extend(
        CASE, replace(MATTER, time_limit=replace(LIMIT, extension=None)), "r", CALENDAR, MONDAY
    ),
    "stopped where nothing was accepted": lambda: suspend(
        _opened(OverallOutcome.CORRECTION_NEEDED), MATTER, "hearing", "r", MONDAY
    ),
    "stopped when the case was closed": lambda: suspend(
        replace(CASE, state=CaseState.DEEMED_WITHDRAWN), MATTER, "hearing", "r", MONDAY
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_clock_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(CaseStateError) as refused:
        REFUSED[name]()
    assert refused.value.code == "case_state_conflict"


def test_an_extension_on_the_last_moment_of_the_last_day_is_in_time() -> None:
    last = datetime(2025, 3, 17, 15, 59, 59, tzinfo=UTC)
    assert extend(CASE, MATTER, "r", CALENDAR, last).case.decision is not None


def test_the_clock_is_stopped_a_bounded_number_of_times() -> None:
    case = CASE
    for _ in range(20):
        case = resume(suspend(case, MATTER, "hearing", "r", MONDAY).case, "r", MONDAY).case
    with pytest.raises(CaseStateError):
        suspend(case, MATTER, "hearing", "r", MONDAY)


def test_events_name_the_rule_and_no_free_text_that_could_name_a_person() -> None:
    transitions = (
        suspend(CASE, MATTER, "hearing", "示例甲", MONDAY),
        resume(STOPPED, "示例甲", MONDAY + 2 * DAY),
        extend(CASE, MATTER, "示例甲", CALENDAR, MONDAY),
    )
    events = [event for transition in transitions for event in transition.events]
    assert [e.kind for e in events] == [
        EventKind.CLOCK_SUSPENDED, EventKind.CLOCK_RESUMED, EventKind.CLOCK_EXTENDED,
    ]  # fmt: skip
    assert "示例甲" not in json.dumps([dict(e.data) for e in events], ensure_ascii=False)
    assert all("示例甲" in json.dumps(case_to_json(t.case), ensure_ascii=False) for t in transitions)


@pytest.mark.parametrize("case", [CASE, STOPPED, EXTENDED, resume(STOPPED, "r", MONDAY + 4 * DAY).case])
def test_a_clock_survives_json(case: Case) -> None:
    assert case_from_json(json.loads(json.dumps(case_to_json(case)))) == case


def test_a_case_stored_before_there_were_clocks_is_still_read() -> None:
    old = json.loads(json.dumps(case_to_json(CASE)))
    del old["decision"]
    for item in old["materials"]:
        del item["conditions"]
    for item in old["obligations"]:
        del item["method"], item["explanation"]
    read = case_from_json(old)
    assert read.decision is None
    assert [(item.method, item.explanation) for item in read.obligations] == [("data_source", None)] * 2
    assert recompute(read, MATTER, CALENDAR, MONDAY) is None


# 29 December 2025 was a Monday: ten working days end in 2026, whose calendar is not published here.
LATE = datetime(2025, 12, 29, 2, tzinfo=UTC)
PROVISIONAL = _opened(now=LATE)


def _official(*holidays: int, makeup: int | None = None) -> WorkCalendar:
    year = YearCalendar(
        2026,
        frozenset(date(2026, 1, day) for day in holidays),
        frozenset({date(2026, 1, makeup)} if makeup else ()),
        "b",
    )
    return CALENDAR.with_year(year)


def test_a_provisional_deadline_moves_later_with_the_official_calendar() -> None:
    assert [(o.due_on, o.provisional) for o in PROVISIONAL.obligations] == [
        ("2026-01-12", True), ("2026-01-05", True),
    ]  # fmt: skip
    calendar = _official(1, 2)
    transition = recompute(PROVISIONAL, MATTER, calendar, LATE)
    assert transition is not None
    assert [(o.due_on, o.provisional) for o in transition.case.obligations] == [
        ("2026-01-14", False), ("2026-01-07", False),
    ]  # fmt: skip
    assert {o.calendar_digest for o in transition.case.obligations} == {calendar.digest}
    assert [(e.kind, e.data["told_before"], e.data["due_on"]) for e in transition.events] == [
        (EventKind.DEADLINE_RECOMPUTED, "2026-01-12", "2026-01-14"),
        (EventKind.DEADLINE_RECOMPUTED, "2026-01-05", "2026-01-07"),
    ]
    assert recompute(transition.case, MATTER, calendar, LATE) is None


def test_a_deadline_that_would_come_earlier_stays_where_it_was_told() -> None:
    transition = recompute(PROVISIONAL, MATTER, _official(makeup=4), LATE)
    assert transition is not None
    assert [(o.due_on, o.provisional) for o in transition.case.obligations] == [
        ("2026-01-12", False), ("2026-01-05", False),
    ]  # fmt: skip
    assert [o.due_at for o in transition.case.obligations] == [o.due_at for o in PROVISIONAL.obligations]
    assert transition.follow_ups == ()  # those of the same day are asked for already


def test_a_moved_deadline_asks_for_follow_ups_of_its_own_and_checks_nothing_twice() -> None:
    transition = recompute(PROVISIONAL, MATTER, _official(1, 2), LATE)
    assert transition is not None
    kinds = [request.kind for request in transition.follow_ups]
    assert sorted(kinds) == sorted(
        [FollowUpKind.SUPPLEMENT_REMINDER] * 2
        + [FollowUpKind.SUPPLEMENT_EXPIRY, FollowUpKind.COMMITMENT_OVERDUE]
    )
    before = open_case(
        "c",
        MATTER,
        Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (OWED, PROMISED), ()),
        CALENDAR,
        LATE,
    ).follow_ups
    keys = {(r.kind, r.subject, r.occurrence) for r in (*before, *transition.follow_ups)}
    assert len(keys) == len(before) + len(transition.follow_ups)


def test_a_deadline_is_due_at_its_instant_and_not_before() -> None:
    instant = CASE.obligation("c.debt").due_at
    assert is_due(CASE, "c.debt", instant)
    assert not is_due(CASE, "c.debt", instant - timedelta(microseconds=1))


def test_a_final_deadline_is_never_recomputed() -> None:
    assert recompute(CASE, MATTER, _official(1, 2), MONDAY) is None


@pytest.mark.parametrize(
    ("plan", "kinds"),
    [
        (PROMISE.check, [FollowUpKind.COMMITMENT_CHECK, FollowUpKind.COMMITMENT_OVERDUE]),
        (CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), [FollowUpKind.COMMITMENT_OVERDUE]),
        (CheckPlan(CheckMethod.DEPARTMENT, Period(9, Unit.CALENDAR_DAYS)), [FollowUpKind.COMMITMENT_OVERDUE]),
        (CheckPlan(CheckMethod.PUBLICITY, Period(7, Unit.CALENDAR_DAYS)), [FollowUpKind.COMMITMENT_OVERDUE]),
        (CheckPlan(CheckMethod.EXEMPT, reason="免予核查"), []),
    ],
)
def test_only_a_data_source_is_asked_by_itself_and_an_exempt_promise_owes_nothing(
    plan: CheckPlan, kinds: list[FollowUpKind]
) -> None:
    material = replace(MATERIAL, code="promise", by_commitment=replace(PROMISE, check=plan))
    assessment = Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (PROMISED,), ())
    transition = open_case("c", replace(MATTER, materials=(material,)), assessment, CALENDAR, MONDAY)
    assert [request.kind for request in transition.follow_ups] == kinds
    assert [o.method for o in transition.case.obligations] == [plan.method.value] * bool(kinds)
