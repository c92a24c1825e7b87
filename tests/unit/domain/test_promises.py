"""The life of a promise: what it takes to break one, and everything that follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.acts import Act, ActKind, Ruling
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import (
    Case,
    CaseState,
    CheckResult,
    Circumstances,
    EventKind,
    Transition,
    open_case,
)
from license_service.domain.case_clock import recompute
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    Consequence,
    CreditRule,
    CreditScope,
    DeferralRoute,
    Material,
    Matter,
    Notice,
    OnBroken,
    Remedy,
)
from license_service.domain.obligation import FollowUpKind, ObligationState
from license_service.domain.promises import (
    enforce,
    is_enforceable,
    object_to,
    record_check,
    record_finding,
    record_overdue,
    rule_on,
    withdraw,
)
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
DAY = timedelta(days=1)
WINDOW_ENDS = datetime(2025, 3, 6, 16, tzinfo=UTC)  # the end of the third calendar day, a Thursday
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025, 2026}))
RECTIFY = Consequence(
    Remedy.RECTIFY, credit_record=False, basis="整改依据", within=Period(2, Unit.WORKING_DAYS)
)
TERMINATE = Consequence(Remedy.TERMINATE, credit_record=True, basis="终止依据")
REVOKE = Consequence(Remedy.REVOKE_DECISION, credit_record=True, basis="撤销依据")
THREE_DAYS = Period(3, Unit.CALENDAR_DAYS)
ROUTE = CommitmentRoute(
    Notice("notice", "1", "告知", "Notice", "b"),
    CheckPlan(CheckMethod.DATA_SOURCE, Period(20, Unit.WORKING_DAYS), "registry"),
    "b",
    on_broken=OnBroken(THREE_DAYS, (RECTIFY, TERMINATE)),
)
DEBT = DeferralRoute(Period(10, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b")
MATERIAL = Material("p", "材料", "Material", False, "b", None, ROUTE, DEBT, True)  # noqa: FBT003
MATTER = Matter(
    "matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b", (MATERIAL,),
    credit=(CreditRule(StandingMark.BROKEN_COMMITMENT, CreditScope.ALL, Period(12, Unit.MONTHS), "b"),),
)  # fmt: skip
AT = Circumstances(MATTER, CALENDAR, NOW)
LATER = replace(AT, now=datetime(2026, 1, 5, tzinfo=UTC))
COMMITTED = MaterialFinding("p", MaterialOutcome.COMMITTED, "COMMITTED")
MISSING = MaterialFinding("p", MaterialOutcome.MISSING, "MATERIAL_MISSING")
DEFERRED = MaterialFinding("p", MaterialOutcome.DEFERRED, "DEFERRED")
OPENED = open_case(
    "c", MATTER, Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (COMMITTED,), ()), CALENDAR, NOW
).case
S, K, C = ObligationState, EventKind, CaseState


def _act(kind: ActKind, at: datetime = NOW) -> Act:
    return Act(kind, "理由", at, "officer-7")


def _in(state: ObligationState, case: Case = OPENED) -> Case:
    at = None if state in {S.OPEN, S.KEPT} else WINDOW_ENDS
    return case.with_obligation(replace(case.obligation("c.p"), state=state, consequence_at=at))


def _state(transition: Transition) -> ObligationState:
    return transition.case.obligation("c.p").state


def _kinds(transition: Transition) -> list[EventKind]:
    return [event.kind for event in transition.events]


def _matter(*consequences: Consequence) -> Matter:
    route = replace(ROUTE, on_broken=OnBroken(THREE_DAYS, consequences))
    return replace(MATTER, materials=(replace(MATERIAL, by_commitment=route),))


KEPT, BROKEN, UNDETERMINED = CheckResult.KEPT, CheckResult.BROKEN, CheckResult.UNDETERMINED
ACTS: dict[str, tuple[Callable[[Case], Transition], dict[ObligationState, ObligationState]]] = {
    "read kept": (lambda c: record_check(c, "c.p", KEPT, AT), {S.OPEN: S.KEPT}),
    "read broken": (lambda c: record_check(c, "c.p", BROKEN, AT), {S.OPEN: S.OPEN}),
    "read undetermined": (lambda c: record_check(c, "c.p", UNDETERMINED, AT), {S.OPEN: S.OPEN}),
    "overdue": (lambda c: record_overdue(c, "c.p"), {S.OPEN: S.OPEN}),
    "found kept": (
        lambda c: record_finding(c, "c.p", KEPT, _act(ActKind.FINDING), AT),
        {S.OPEN: S.KEPT, S.BROKEN: S.KEPT, S.RECTIFYING: S.KEPT},
    ),
    "found broken": (
        lambda c: record_finding(c, "c.p", BROKEN, _act(ActKind.FINDING), AT), {S.OPEN: S.BROKEN},
    ),
    "found undetermined": (
        lambda c: record_finding(c, "c.p", UNDETERMINED, _act(ActKind.FINDING), AT), {S.OPEN: S.OPEN},
    ),
    "object": (lambda c: object_to(c, "c.p", _act(ActKind.OBJECTION)), {S.BROKEN: S.OBJECTED}),
    "uphold": (lambda c: rule_on(c, "c.p", Ruling.UPHELD, _act(ActKind.RULING)), {S.OBJECTED: S.KEPT}),
    "reject": (
        lambda c: rule_on(c, "c.p", Ruling.REJECTED, _act(ActKind.RULING)), {S.OBJECTED: S.CONFIRMED},
    ),
    "rectify": (
        lambda c: enforce(c, "c.p", LATER),
        dict.fromkeys((S.BROKEN, S.CONFIRMED, S.RECTIFYING), S.RECTIFYING),
    ),
    "end": (
        lambda c: enforce(c, "c.p", replace(LATER, matter=_matter(TERMINATE))),
        dict.fromkeys((S.BROKEN, S.CONFIRMED, S.RECTIFYING), S.ENFORCED),
    ),
    "withdraw": (
        lambda c: withdraw(c, "c.p", _act(ActKind.WITHDRAWAL), MISSING, AT), {S.OPEN: S.WITHDRAWN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ObligationState)
def test_every_act_on_a_promise_in_every_state(state: ObligationState, act: str) -> None:
    change, expected = ACTS[act]
    case = _in(state)
    before = case_to_json(case)
    if state in expected:
        changed = change(case)
        assert _state(changed) is expected[state]
        assert case_from_json(json.loads(json.dumps(case_to_json(changed.case)))) == changed.case
    else:
        with pytest.raises(CaseStateError) as refused:
            change(case)
        assert refused.value.code == "case_state_conflict"
    assert case_to_json(case) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "state", [s for s in C if s not in {C.ACCEPTED_WITH_OBLIGATIONS, C.MANUAL_REVIEW, C.GRANTED}]
)
def test_no_act_on_a_promise_of_a_case_that_is_over(state: CaseState, act: str) -> None:
    change, expected = ACTS[act]
    with pytest.raises(CaseStateError) as refused:
        change(replace(_in(next(iter(expected))), state=state))
    assert refused.value.code == "case_state_conflict"


@pytest.mark.parametrize(
    ("readings", "state"),
    [
        (("kept",), S.KEPT),
        (("broken",), S.OPEN),
        (("broken", "broken"), S.BROKEN),
        (("broken", "kept"), S.OPEN),
        (("broken", "kept", "broken"), S.OPEN),
        (("broken", "kept", "kept"), S.KEPT),
        (("broken", "kept", "undetermined", "kept"), S.OPEN),
        (("broken", "undetermined", "broken"), S.OPEN),
        (("broken", "undetermined", "broken", "broken"), S.BROKEN),
        (("undetermined", "kept"), S.KEPT),
        (("undetermined",) * 5, S.OPEN),
    ],
)
def test_after_a_doubt_only_two_readings_in_a_row_that_agree_decide(
    readings: tuple[str, ...], state: ObligationState
) -> None:
    case = OPENED
    for reading in readings:
        case = record_check(case, "c.p", CheckResult(reading), AT).case
    assert case.obligation("c.p").state is state


def test_a_doubt_of_an_earlier_version_is_still_a_doubt() -> None:
    doubted = OPENED.with_obligation(replace(OPENED.obligation("c.p"), broken_readings=1))
    assert _state(record_check(doubted, "c.p", KEPT, AT)) is S.OPEN
    assert _state(record_check(doubted, "c.p", BROKEN, AT)) is S.BROKEN


@given(st.lists(st.sampled_from(CheckResult), max_size=12))
def test_no_readings_break_a_promise_unless_two_in_a_row_say_so(readings: list[CheckResult]) -> None:
    case, seen = OPENED, list[CheckResult]()
    for reading in readings:
        if case.obligation("c.p").state is not S.OPEN:
            break
        case = record_check(case, "c.p", reading, AT).case
        seen.append(reading)
    broken = case.obligation("c.p").state is S.BROKEN
    assert broken == (seen[-2:] == [BROKEN, BROKEN])


def test_a_broken_promise_is_told_with_the_time_to_object_and_what_follows() -> None:
    transition = record_finding(OPENED, "c.p", BROKEN, _act(ActKind.FINDING), AT)
    assert _kinds(transition) == [K.COMMITMENT_FOUND, K.COMMITMENT_BROKEN]
    assert transition.events[0].data == {
        "obligation": "c.p", "result": "broken", "state": "broken", "officer": "officer-7",
    }  # fmt: skip
    assert transition.events[1].data == {
        "obligation": "c.p", "material": "p", "objection_until": "2025-03-06", "provisional": False,
        "then": "rectify", "basis": "整改依据",
    }  # fmt: skip
    (follow_up,) = transition.follow_ups
    assert (follow_up.kind, follow_up.subject) == (FollowUpKind.COMMITMENT_CONSEQUENCE, "c.p")
    assert (follow_up.occurrence, follow_up.due_at) == ("1", WINDOW_ENDS)
    assert transition.case.state is C.ACCEPTED_WITH_OBLIGATIONS
    assert transition.case.obligation("c.p").acts == (_act(ActKind.FINDING),)


def test_without_a_rule_a_broken_promise_goes_to_a_person_and_nothing_follows_by_itself() -> None:
    route = replace(ROUTE, on_broken=None)
    at = replace(AT, matter=replace(MATTER, materials=(replace(MATERIAL, by_commitment=route),)))
    transition = record_finding(OPENED, "c.p", BROKEN, _act(ActKind.FINDING), at)
    assert (transition.case.state, transition.follow_ups) == (C.MANUAL_REVIEW, ())
    assert not is_enforceable(transition.case, "c.p", LATER.now)


@pytest.mark.parametrize(
    ("moment", "code"),
    [(WINDOW_ENDS, None), (WINDOW_ENDS + timedelta(microseconds=1), "objection_window_over")],
)
def test_an_objection_is_made_within_its_window(moment: datetime, code: str | None) -> None:
    act = _act(ActKind.OBJECTION, moment)
    if code is None:
        assert _state(object_to(_in(S.BROKEN), "c.p", act)) is S.OBJECTED
        return
    with pytest.raises(CaseStateError) as refused:
        object_to(_in(S.BROKEN), "c.p", act)
    assert refused.value.code == code


@pytest.mark.parametrize("rectifying", [False, True])
def test_a_calendar_that_comes_late_moves_the_window_and_the_time_to_rectify(*, rectifying: bool) -> None:
    unpublished = replace(CALENDAR, published_years=frozenset())
    at = replace(AT, calendar=unpublished)
    case = record_finding(OPENED, "c.p", BROKEN, _act(ActKind.FINDING), at).case
    if rectifying:
        case = enforce(case, "c.p", replace(at, now=WINDOW_ENDS)).case
    told = case.obligation("c.p")
    assert told.provisional
    holidays = frozenset(date(2025, 3, day) for day in (6, 7, 10, 11, 12))
    published = replace(CALENDAR, holidays=holidays)
    transition = recompute(case, MATTER, published, NOW)
    assert transition is not None
    moved = transition.case.obligation("c.p")
    assert moved.consequence_at == moved.due_at > told.due_at
    assert not moved.provisional
    (follow_up,) = transition.follow_ups
    assert (follow_up.kind, follow_up.due_at) == (FollowUpKind.COMMITMENT_CONSEQUENCE, moved.due_at)
    assert not is_enforceable(transition.case, "c.p", told.due_at)
    assert is_enforceable(transition.case, "c.p", moved.due_at)


@pytest.mark.parametrize("state", ObligationState)
def test_consequences_follow_at_their_time_and_never_while_an_objection_waits(state: ObligationState) -> None:
    follows = state in {S.BROKEN, S.CONFIRMED, S.RECTIFYING}
    assert is_enforceable(_in(state), "c.p", WINDOW_ENDS) is follows
    assert not is_enforceable(_in(state), "c.p", WINDOW_ENDS - timedelta(microseconds=1))


@pytest.mark.parametrize(("ruled_at", "due_at"), [(NOW, WINDOW_ENDS), (WINDOW_ENDS + DAY, WINDOW_ENDS + DAY)])
def test_a_rejected_objection_lets_the_consequence_follow_after_window_and_ruling(
    ruled_at: datetime, due_at: datetime
) -> None:
    transition = rule_on(_in(S.OBJECTED), "c.p", Ruling.REJECTED, _act(ActKind.RULING, ruled_at))
    (follow_up,) = transition.follow_ups
    assert (follow_up.occurrence, follow_up.due_at) == ("1, after the ruling", due_at)
    assert transition.case.obligation("c.p").consequence_at == due_at


def test_an_upheld_objection_settles_the_promise_and_the_case() -> None:
    transition = rule_on(_in(S.OBJECTED), "c.p", Ruling.UPHELD, _act(ActKind.RULING))
    assert _kinds(transition) == [K.COMMITMENT_RULED, K.CASE_CLOSED]
    assert transition.case.state is C.COMPLETE


def test_a_chance_to_rectify_has_a_deadline_and_then_the_next_consequence_follows() -> None:
    at = replace(AT, now=WINDOW_ENDS)
    ordered = enforce(_in(S.BROKEN), "c.p", at)
    promise = ordered.case.obligation("c.p")
    assert (_kinds(ordered), ordered.credit) == ([K.COMMITMENT_RECTIFY], ())
    assert (promise.due_on, promise.consequence_at) == ("2025-03-11", promise.due_at)
    assert [(f.occurrence, f.due_at) for f in ordered.follow_ups] == [("2", promise.due_at)]
    with pytest.raises(CaseStateError):
        enforce(ordered.case, "c.p", at)
    ended = enforce(ordered.case, "c.p", replace(at, now=promise.due_at))
    assert _kinds(ended) == [K.COMMITMENT_ENFORCED, K.CASE_CLOSED]
    assert (ended.case.state, _state(ended)) == (C.TERMINATED, S.ENFORCED)
    (entry,) = ended.credit
    assert (entry.mark, entry.matter, entry.cause) == (StandingMark.BROKEN_COMMITMENT, "", "c.p")
    assert entry.until == datetime(2026, 3, 12, 16, tzinfo=UTC)  # twelve months from the 12th in Shanghai


def test_what_was_rectified_in_time_is_kept() -> None:
    ordered = enforce(_in(S.BROKEN), "c.p", replace(AT, now=WINDOW_ENDS)).case
    kept = record_finding(ordered, "c.p", KEPT, _act(ActKind.FINDING), AT)
    assert (kept.case.state, _state(kept), kept.credit) == (C.COMPLETE, S.KEPT, ())


GRANTED = replace(OPENED, state=C.GRANTED, decided=_act(ActKind.DECISION))
ENDS = [
    (TERMINATE, OPENED, C.TERMINATED, [K.COMMITMENT_ENFORCED, K.CASE_CLOSED]),
    (REVOKE, OPENED, C.TERMINATED, [K.COMMITMENT_ENFORCED, K.CASE_CLOSED]),
    (REVOKE, GRANTED, C.DECISION_REVOKED, [K.COMMITMENT_ENFORCED, K.CASE_CLOSED]),
    (TERMINATE, GRANTED, C.GRANTED, [K.COMMITMENT_ENFORCED, K.CASE_REFERRED, K.CASE_CLOSED]),
]


@pytest.mark.parametrize(("consequence", "case", "state", "kinds"), ENDS)
@pytest.mark.parametrize("recorded", [True, False])
def test_an_end_depends_on_the_decision_and_enters_credit_only_where_the_rule_says_so(
    consequence: Consequence, case: Case, state: CaseState, kinds: list[EventKind], *, recorded: bool
) -> None:
    matter = _matter(replace(consequence, credit_record=recorded))
    ended = enforce(_in(S.BROKEN, case), "c.p", replace(LATER, matter=matter))
    assert (ended.case.state, _kinds(ended)) == (state, kinds)
    assert len(ended.credit) == recorded


def test_a_matter_without_a_credit_rule_enters_nothing() -> None:
    at = replace(LATER, matter=replace(_matter(TERMINATE), credit=()))
    assert enforce(_in(S.BROKEN), "c.p", at).credit == ()


def test_an_overdue_check_after_the_decision_leaves_the_decision() -> None:
    assert record_overdue(GRANTED, "c.p").case.state is C.GRANTED
    assert record_overdue(OPENED, "c.p").case.state is C.MANUAL_REVIEW


@pytest.mark.parametrize(
    ("result", "state"),
    [(KEPT, C.COMPLETE), (BROKEN, C.ACCEPTED_WITH_OBLIGATIONS), (UNDETERMINED, C.ACCEPTED_WITH_OBLIGATIONS)],
)
def test_a_finding_lets_a_case_that_waited_for_a_person_go_on(result: CheckResult, state: CaseState) -> None:
    overdue = record_overdue(OPENED, "c.p").case
    assert record_finding(overdue, "c.p", result, _act(ActKind.FINDING), AT).case.state is state


def test_a_withdrawn_promise_is_owed_where_it_may_be() -> None:
    transition = withdraw(OPENED, "c.p", _act(ActKind.WITHDRAWAL), DEFERRED, AT)
    owed = transition.case.obligation("c.p.owed")
    assert (owed.state, owed.material, owed.due_on) == (S.OPEN, "p", "2025-03-17")
    assert (transition.case.state, transition.case.findings) == (C.ACCEPTED_WITH_OBLIGATIONS, (DEFERRED,))
    assert {f.kind for f in transition.follow_ups} == {
        FollowUpKind.SUPPLEMENT_REMINDER, FollowUpKind.SUPPLEMENT_EXPIRY,
    }  # fmt: skip
    assert transition.case.open_deferral("p") == owed


def test_a_withdrawn_promise_that_may_not_be_owed_sends_the_case_back() -> None:
    transition = withdraw(OPENED, "c.p", _act(ActKind.WITHDRAWAL), MISSING, AT)
    assert (transition.case.state, transition.follow_ups) == (C.CORRECTION_NEEDED, ())
    assert _kinds(transition) == [K.COMMITMENT_WITHDRAWN, K.CASE_CLOSED]
    assert transition.case.findings == (MISSING,)


def test_nothing_is_withdrawn_after_the_decision() -> None:
    with pytest.raises(CaseStateError) as refused:
        withdraw(GRANTED, "c.p", _act(ActKind.WITHDRAWAL), DEFERRED, AT)
    assert refused.value.code == "case_state_conflict"
