"""The life of a case: the whole table of states and transitions, and what each leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.acts import Act, ActKind
from license_service.domain.application import Channel
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import (
    Case,
    CaseState,
    CheckResult,
    Circumstances,
    Event,
    EventKind,
    Transition,
    is_open,
    open_case,
)
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.commitment_record import CommitmentRecord
from license_service.domain.deadlines import Explanation, Period, SkippedDay, SkipReason, Unit
from license_service.domain.debts import expire, remind, supply
from license_service.domain.decision_clock import DecisionClock, Suspension
from license_service.domain.license_rule import Looked
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CheckStart,
    CommitmentRoute,
    DeferralRoute,
    Material,
    Matter,
    Notice,
)
from license_service.domain.obligation import FollowUpKind, Obligation, ObligationKind, ObligationState
from license_service.domain.promises import record_check, record_overdue
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
DUE = datetime(2025, 3, 17, 16, 0, tzinfo=UTC)  # the end of the tenth working day
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))


def _counted(days: int) -> Explanation:
    """Say how ten working days or fewer from the Monday are counted: over one weekend, or two."""
    weekends = [date(2025, 3, day) for day in (8, 9, 15, 16)][: 2 * (days // 5)]
    skipped = tuple(SkippedDay(day, SkipReason.WEEKEND) for day in weekends)
    return Explanation(date(2025, 3, 3), days, Unit.WORKING_DAYS, skipped, (), CALENDAR.digest)


DEBT = Obligation(
    "c.debt", ObligationKind.DEFERRAL, "debt", ObligationState.OPEN, "2025-03-17", DUE,
    provisional=False, calendar_digest=CALENDAR.digest, at_expiry="refused", explanation=_counted(10),
)  # fmt: skip
PROMISE = Obligation(
    "c.promise", ObligationKind.COMMITMENT, "promise", ObligationState.OPEN, "2025-03-10",
    datetime(2025, 3, 10, 16, tzinfo=UTC), provisional=False, calendar_digest=CALENDAR.digest,
    source="registry", explanation=_counted(5),
)  # fmt: skip
OWED = MaterialFinding("debt", MaterialOutcome.DEFERRED, "DEFERRED", alternatives=("submission",))
PROMISED = MaterialFinding("promise", MaterialOutcome.COMMITTED, "COMMITTED")
PAID = MaterialFinding("debt", MaterialOutcome.SUBMITTED, "SUBMITTED")
UNPAID = MaterialFinding("debt", MaterialOutcome.MISSING, "MATERIAL_MISSING", reasons=("LICENSE_EXPIRED",))

CASE = Case("c", "matter", "1", CaseState.ACCEPTED_WITH_OBLIGATIONS, (OWED, PROMISED), (DEBT, PROMISE), NOW)
PROMISE_ROUTE = CommitmentRoute(
    Notice("notice", "1", "告知", "Notice", "b"),
    CheckPlan(CheckMethod.DATA_SOURCE, Period(5, Unit.WORKING_DAYS), "registry"),
    "b",
)
DEBT_ROUTE = DeferralRoute(Period(10, Unit.WORKING_DAYS), (3, 1, 30), AtExpiry.REFUSED, "b")
MATTER = Matter("matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b", tuple(
    Material(code, "材料", "Material", False, "b", None, PROMISE_ROUTE, DEBT_ROUTE, True)  # noqa: FBT003
    for code in ("debt", "promise")
))  # fmt: skip
AT = Circumstances(MATTER, CALENDAR, NOW)
ONLY_DEBT = replace(CASE, findings=(OWED,), obligations=(DEBT,))
ONLY_PROMISE = replace(CASE, findings=(PROMISED,), obligations=(PROMISE,))
DOUBTED = replace(ONLY_PROMISE, obligations=(replace(PROMISE, broken_readings=1),))

Change = Callable[[Case], Transition]
K, C = EventKind, CaseState

# name: the change, a case of its own that allows it, the events it gives, the state it leaves.
CHANGES: dict[str, tuple[Change, Case, list[EventKind], CaseState]] = {
    "kept": (lambda c: record_check(c, "c.promise", CheckResult.KEPT, AT), ONLY_PROMISE,
             [K.COMMITMENT_CHECKED, K.CASE_CLOSED], C.COMPLETE),
    "kept, more open": (lambda c: record_check(c, "c.promise", CheckResult.KEPT, AT), CASE,
                        [K.COMMITMENT_CHECKED], C.ACCEPTED_WITH_OBLIGATIONS),
    "undetermined": (lambda c: record_check(c, "c.promise", CheckResult.UNDETERMINED, AT), ONLY_PROMISE,
                     [K.COMMITMENT_CHECKED], C.ACCEPTED_WITH_OBLIGATIONS),
    "broken once": (lambda c: record_check(c, "c.promise", CheckResult.BROKEN, AT), ONLY_PROMISE,
                    [K.COMMITMENT_CHECKED], C.ACCEPTED_WITH_OBLIGATIONS),
    "broken twice": (lambda c: record_check(c, "c.promise", CheckResult.BROKEN, AT), DOUBTED,
                     [K.COMMITMENT_CHECKED, K.COMMITMENT_BROKEN], C.MANUAL_REVIEW),
    "overdue": (lambda c: record_overdue(c, "c.promise"), CASE, [K.COMMITMENT_OVERDUE], C.MANUAL_REVIEW),
    "reminded": (lambda c: remind(c, "c.debt"), CASE, [K.SUPPLEMENT_REMINDED], C.ACCEPTED_WITH_OBLIGATIONS),
    "supplied": (lambda c: supply(c, "c.debt", PAID, NOW), ONLY_DEBT,
                 [K.SUPPLEMENT_RECEIVED, K.CASE_CLOSED], C.COMPLETE),
    "supplied, more open": (lambda c: supply(c, "c.debt", PAID, NOW), CASE,
                            [K.SUPPLEMENT_RECEIVED], C.ACCEPTED_WITH_OBLIGATIONS),
    "supply refused": (lambda c: supply(c, "c.debt", UNPAID, NOW), CASE,
                       [K.SUPPLEMENT_REFUSED], C.ACCEPTED_WITH_OBLIGATIONS),
    "expired": (lambda c: expire(c, "c.debt", AT), CASE, [K.SUPPLEMENT_EXPIRED, K.CASE_CLOSED], C.REFUSED),
}  # fmt: skip


def _kinds(transition: Transition) -> list[EventKind]:
    return [event.kind for event in transition.events]


def _with_state(case: Case, state: ObligationState) -> Case:
    return replace(case, obligations=tuple(replace(item, state=state) for item in case.obligations))


RUNS_ON = {C.MANUAL_REVIEW, C.GRANTED}
"""Where a person looks, or the decision is made: what is open runs on, see the tests of each."""


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_leaves_what_the_table_says(name: str) -> None:
    change, case, kinds, after = CHANGES[name]
    transition = change(case)
    assert _kinds(transition) == kinds
    assert transition.case.state is after
    assert transition.follow_ups == ()


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("state", [s for s in C if s not in {C.ACCEPTED_WITH_OBLIGATIONS, *RUNS_ON}])
def test_no_change_is_possible_in_a_state_that_waits_for_nothing(state: CaseState, name: str) -> None:
    change, case, _, _ = CHANGES[name]
    with pytest.raises(CaseStateError) as refused:
        change(replace(case, state=state))
    assert refused.value.code == "case_state_conflict"


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("state", [state for state in ObligationState if state is not ObligationState.OPEN])
def test_no_change_touches_an_obligation_that_is_not_open(state: ObligationState, name: str) -> None:
    change, case, _, _ = CHANGES[name]
    with pytest.raises(CaseStateError) as refused:
        change(_with_state(case, state))
    assert refused.value.code == "case_state_conflict"


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_touches_an_obligation_the_case_does_not_have(name: str) -> None:
    change, case, _, _ = CHANGES[name]
    with pytest.raises(CaseStateError):
        change(replace(case, obligations=()))


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_alters_the_case_it_was_given(name: str) -> None:
    change, case, _, _ = CHANGES[name]
    before = case_to_json(case)
    change(case)
    assert case_to_json(case) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda: record_check(CASE, "c.debt", CheckResult.KEPT, AT),
        lambda: record_check(CASE, "c.debt", CheckResult.BROKEN, AT),
        lambda: record_overdue(CASE, "c.debt"),
        lambda: remind(CASE, "c.promise"),
        lambda: supply(CASE, "c.promise", replace(PAID, material="promise"), NOW),
        lambda: expire(CASE, "c.promise", AT),
    ],
    ids=[
        "keep a debt",
        "break a debt",
        "debt overdue",
        "remind of a promise",
        "pay a promise",
        "promise expires",
    ],
)
def test_a_promise_is_not_paid_and_a_debt_is_not_checked(change: Callable[[], Transition]) -> None:
    with pytest.raises(CaseStateError):
        change()


def test_a_debt_is_not_paid_with_another_material() -> None:
    with pytest.raises(CaseStateError):
        supply(CASE, "c.debt", replace(PAID, material="promise"), NOW)


@pytest.mark.parametrize(
    ("result", "state"), [("kept", "kept"), ("broken", "open"), ("undetermined", "open")]
)
def test_a_check_is_recorded_with_its_result_and_what_became_of_the_promise(result: str, state: str) -> None:
    event = record_check(CASE, "c.promise", CheckResult(result), AT).events[0]
    assert event.data == {"obligation": "c.promise", "result": result, "state": state}


def test_an_overdue_check_does_not_break_the_promise() -> None:
    transition = record_overdue(CASE, "c.promise")
    assert transition.case.obligation("c.promise").state is ObligationState.OPEN
    assert transition.events[0].data == {"obligation": "c.promise", "due_on": "2025-03-10"}


def test_the_deadline_instant_itself_is_in_time() -> None:
    assert _kinds(supply(ONLY_DEBT, "c.debt", PAID, DUE)) == [K.SUPPLEMENT_RECEIVED, K.CASE_CLOSED]
    with pytest.raises(CaseStateError):
        supply(ONLY_DEBT, "c.debt", PAID, DUE + timedelta(microseconds=1))


@pytest.mark.parametrize("outcome", MaterialOutcome)
def test_only_a_license_or_a_paper_pays_a_debt(outcome: MaterialOutcome) -> None:
    finding = MaterialFinding("debt", outcome, "X", "r1", ("A", "B"))
    transition = supply(ONLY_DEBT, "c.debt", finding, NOW)
    pays = outcome in {MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED}
    assert transition.case == ONLY_DEBT or pays
    assert transition.case.obligation("c.debt").state == ("supplied" if pays else "open")
    assert transition.case.findings == ((finding,) if pays else (OWED,))
    assert transition.events[0].data == {
        "obligation": "c.debt", "material": "debt", "outcome": outcome.value, "reasons": ["A", "B"],
        "report": "r1",
    }  # fmt: skip


@pytest.mark.parametrize("at_expiry", AtExpiry)
def test_an_unpaid_debt_does_what_the_catalogue_says(at_expiry: AtExpiry) -> None:
    case = replace(ONLY_DEBT, obligations=(replace(DEBT, at_expiry=at_expiry.value),))
    transition = expire(case, "c.debt", AT)
    assert transition.case.state == CaseState(at_expiry.value)
    assert transition.case.obligation("c.debt").state is ObligationState.EXPIRED
    assert transition.events[0].data["at_expiry"] == at_expiry.value
    assert transition.events[1] == Event(K.CASE_CLOSED, {"state": at_expiry.value})


def test_an_obligation_waits_only_while_it_and_its_case_are_open() -> None:
    assert is_open(CASE, "c.debt")
    assert is_open(replace(CASE, state=CaseState.MANUAL_REVIEW), "c.debt")
    assert not is_open(replace(CASE, state=CaseState.TERMINATED), "c.debt")
    assert not is_open(_with_state(CASE, ObligationState.SUPPLIED), "c.debt")
    with pytest.raises(CaseStateError):
        is_open(CASE, "c.other")


def test_only_an_open_debt_of_the_material_is_found() -> None:
    assert CASE.open_deferral("debt") == DEBT
    for case, material in ((CASE, "promise"), (_with_state(CASE, ObligationState.SUPPLIED), "debt")):
        with pytest.raises(CaseStateError):
            case.open_deferral(material)


@pytest.mark.parametrize(
    ("outcome", "state", "kinds"),
    [
        (OverallOutcome.ACCEPTED, C.COMPLETE, [K.CASE_ASSESSED, K.CASE_CLOSED]),
        (OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, C.ACCEPTED_WITH_OBLIGATIONS, [K.CASE_ASSESSED]),
        (OverallOutcome.CORRECTION_NEEDED, C.CORRECTION_NEEDED, [K.CASE_ASSESSED]),
        (OverallOutcome.MANUAL_REVIEW, C.MANUAL_REVIEW, [K.CASE_ASSESSED]),
    ],
)
def test_a_case_opens_in_the_state_of_its_assessment(
    outcome: OverallOutcome, state: CaseState, kinds: list[EventKind]
) -> None:
    transition = open_case("c", MATTER, Assessment(outcome, (PAID,), ()), CALENDAR, NOW)
    assert (transition.case.state, _kinds(transition)) == (state, kinds)
    assert (transition.case.opened_at, transition.case.matter_version) == (NOW, "1")


@pytest.mark.parametrize("outcome", [OverallOutcome.CORRECTION_NEEDED, OverallOutcome.MANUAL_REVIEW])
def test_a_case_that_is_not_accepted_owes_and_follows_up_nothing(outcome: OverallOutcome) -> None:
    transition = open_case("c", MATTER, Assessment(outcome, (OWED, PROMISED), ()), CALENDAR, NOW)
    assert (transition.case.obligations, transition.follow_ups) == ((), ())


def test_an_accepted_case_with_obligations_asks_for_every_follow_up_at_its_time() -> None:
    assessment = Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (OWED, PROMISED), ())
    transition = open_case("c", MATTER, assessment, CALENDAR, NOW)
    assert transition.case.obligations == (DEBT, PROMISE)
    reminder = FollowUpKind.SUPPLEMENT_REMINDER
    three_before, one_before = datetime(2025, 3, 11, 16, tzinfo=UTC), datetime(2025, 3, 13, 16, tzinfo=UTC)
    assert {(f.kind, f.subject, f.occurrence, f.due_at) for f in transition.follow_ups} == {
        (reminder, "c.debt", "3 working days before 2025-03-17", three_before),
        (reminder, "c.debt", "1 working days before 2025-03-17", one_before),
        (reminder, "c.debt", "30 working days before 2025-03-17", NOW),
        (FollowUpKind.SUPPLEMENT_EXPIRY, "c.debt", "2025-03-17", DUE),
        (FollowUpKind.COMMITMENT_CHECK, "c.promise", "1", NOW),
        (FollowUpKind.COMMITMENT_OVERDUE, "c.promise", "2025-03-10", PROMISE.due_at),
    }  # fmt: skip
    assert len(transition.follow_ups) == 6


def test_the_assessment_event_names_outcomes_reports_and_obligations_and_no_person() -> None:
    exempt = MaterialFinding("license", MaterialOutcome.EXEMPT, "EXEMPT_BY_LICENSE", "r1")
    assessment = Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (exempt, OWED), ())
    event = open_case("c", MATTER, assessment, CALENDAR, NOW).events[0]
    described = {
        "obligation": "c.debt", "kind": "deferral", "material": "debt", "due_on": "2025-03-17",
        "provisional": False, "calendar": CALENDAR.digest,
    }  # fmt: skip
    assert event.data == {
        "outcome": "accepted_with_obligations", "matter": "matter", "matter_version": "1",
        "materials": {"license": "exempt", "debt": "deferred"}, "reports": ["r1"], "obligations": [described],
        "commitments": [],
        "not_eligible": [],
        "unanswered": [],
        "grounds": {
            "license": {"code": "EXEMPT_BY_LICENSE", "report": "r1", "reasons": []},
            "debt": {"code": "DEFERRED", "report": None, "reasons": []},
        },
    }  # fmt: skip
    assert remind(CASE, "c.debt").events[0].data == described


@pytest.mark.parametrize("name", CHANGES)
def test_a_case_survives_json_after_every_change(name: str) -> None:
    change, case, _, _ = CHANGES[name]
    changed = change(case).case
    assert case_from_json(json.loads(json.dumps(case_to_json(changed)))) == changed


codes = st.text("ABC_", min_size=1, max_size=5)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
periods = st.builds(Period, st.integers(1, 48), st.sampled_from(Unit))
looked = st.builds(Looked, codes, codes, st.sampled_from((True, False, None)))
findings = st.builds(
    MaterialFinding, codes, st.sampled_from(MaterialOutcome), codes, st.none() | codes,
    st.lists(codes).map(tuple), st.lists(codes).map(tuple), st.lists(looked, max_size=2).map(tuple),
)  # fmt: skip
acts = st.builds(Act, st.sampled_from(ActKind), codes, moments, codes, codes)
explanations = st.builds(
    Explanation, days, st.integers(1, 48), st.sampled_from(Unit),
    st.lists(st.builds(SkippedDay, days, st.sampled_from(SkipReason)), max_size=2).map(tuple),
    st.lists(days, max_size=2).map(tuple), codes,
)  # fmt: skip
clocks = st.builds(
    DecisionClock, moments, periods,
    st.lists(st.builds(Suspension, codes, codes, moments, st.none() | moments, codes), max_size=2).map(tuple),
    st.none() | periods, codes,
)  # fmt: skip
obligations = st.builds(
    Obligation, codes, st.sampled_from(ObligationKind), codes, st.sampled_from(ObligationState), codes,
    moments, st.booleans(), codes, codes, codes, st.integers(0, 2), st.sampled_from(CheckMethod).map(str),
    st.none() | explanations, st.sampled_from(CheckStart).map(str), st.integers(0, 2), st.booleans(),
    st.none() | moments, st.integers(0, 3), st.lists(acts, max_size=2).map(tuple),
)  # fmt: skip
records = st.builds(
    CommitmentRecord, codes, codes, codes, codes, moments, st.sampled_from(Channel), st.none() | codes
)
cases = st.builds(
    Case, codes, codes, codes, st.sampled_from(CaseState), st.lists(findings, max_size=3).map(tuple),
    st.lists(obligations, max_size=3).map(tuple), moments, st.none() | clocks, st.none() | acts,
    st.lists(records, max_size=2).map(tuple),
)  # fmt: skip


@given(cases)
def test_any_case_survives_json(case: Case) -> None:
    assert case_from_json(json.loads(json.dumps(case_to_json(case)))) == case
