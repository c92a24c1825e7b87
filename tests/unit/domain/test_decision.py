"""The decision on a case, the whole table of a case's states, and time that counts from the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from license_service.domain.acts import Act, ActKind
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import (
    Case,
    CaseState,
    CheckResult,
    Circumstances,
    EventKind,
    Transition,
    is_due,
    open_case,
)
from license_service.domain.case_clock import recompute
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.deadlines import Period, Unit
from license_service.domain.debts import expire, remind, supply
from license_service.domain.decision import DecisionResult, decide
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CheckStart,
    CommitmentRoute,
    Consequence,
    DeferralRoute,
    Material,
    Matter,
    Notice,
    OnBroken,
    Remedy,
    TimeLimit,
)
from license_service.domain.obligation import FollowUpKind, ObligationState
from license_service.domain.promises import enforce, record_check, record_finding, record_overdue, withdraw
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
LATE = datetime(2025, 6, 2, 2, 0, tzinfo=UTC)
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))
TERMINATE = Consequence(Remedy.TERMINATE, credit_record=False, basis="b")
REVOKE = Consequence(Remedy.REVOKE_DECISION, credit_record=False, basis="b")
ROUTE = CommitmentRoute(
    Notice("notice", "1", "告知", "Notice", "b"),
    CheckPlan(CheckMethod.DATA_SOURCE, Period(5, Unit.WORKING_DAYS), "registry"),
    "b",
    on_broken=OnBroken(Period(3, Unit.CALENDAR_DAYS), (TERMINATE,)),
)
FROM_DECISION = replace(ROUTE, check=replace(ROUTE.check, counted_from=CheckStart.DECISION))
DEBT = DeferralRoute(Period(10, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b")
MATERIAL = Material("p", "材料", "Material", False, "b", None, ROUTE, DEBT, True)  # noqa: FBT003
MATTER = Matter(
    "matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b", (MATERIAL, replace(MATERIAL, code="d")),
    time_limit=TimeLimit(Period(20, Unit.WORKING_DAYS), Period(10, Unit.WORKING_DAYS), None, "b"),
)  # fmt: skip
COUNTING = replace(MATTER, materials=(replace(MATERIAL, by_commitment=FROM_DECISION),))
PROMISED = MaterialFinding("p", MaterialOutcome.COMMITTED, "COMMITTED")
OWED = MaterialFinding("d", MaterialOutcome.DEFERRED, "DEFERRED")
PAID = MaterialFinding("d", MaterialOutcome.SUBMITTED, "SUBMITTED")
MISSING = MaterialFinding("p", MaterialOutcome.MISSING, "MATERIAL_MISSING")
AT = Circumstances(MATTER, CALENDAR, NOW)
ACT = Act(ActKind.DECISION, "理由", NOW, "officer-7", "granted")
S, C, K, R = ObligationState, CaseState, EventKind, DecisionResult
OUTCOME = OverallOutcome.ACCEPTED_WITH_OBLIGATIONS


def _opened(*findings: MaterialFinding, matter: Matter = MATTER) -> Case:
    return open_case("c", matter, Assessment(OUTCOME, findings, ()), CALENDAR, NOW).case


PROMISE, BOTH, DEBT_ONLY = _opened(PROMISED), _opened(OWED, PROMISED), _opened(OWED)
BROKEN = PROMISE.with_obligation(replace(PROMISE.obligation("c.p"), state=S.BROKEN, consequence_at=NOW))


def _at(remedy: Consequence) -> Circumstances:
    route = replace(ROUTE, on_broken=OnBroken(Period(3, Unit.CALENDAR_DAYS), (remedy,)))
    return replace(AT, matter=replace(MATTER, materials=(replace(MATERIAL, by_commitment=route),)))


def _expire(at_expiry: AtExpiry) -> Callable[[Case], Transition]:
    return lambda case: expire(
        case.with_obligation(replace(case.obligation("c.d"), at_expiry=at_expiry.value)), "c.d", AT
    )


ENDS = {C.ACCEPTED_WITH_OBLIGATIONS: C.TERMINATED, C.MANUAL_REVIEW: C.TERMINATED}
STEPS: dict[str, tuple[Callable[[Case], Transition], Case, dict[CaseState, CaseState]]] = {
    "settle": (
        lambda c: record_check(c, "c.p", CheckResult.KEPT, AT), PROMISE,
        {C.ACCEPTED_WITH_OBLIGATIONS: C.COMPLETE, C.MANUAL_REVIEW: C.COMPLETE, C.GRANTED: C.GRANTED},
    ),
    "overdue": (
        lambda c: record_overdue(c, "c.p"), PROMISE,
        {
            C.ACCEPTED_WITH_OBLIGATIONS: C.MANUAL_REVIEW, C.MANUAL_REVIEW: C.MANUAL_REVIEW,
            C.GRANTED: C.GRANTED,
        },
    ),
    "found": (
        lambda c: record_finding(c, "c.p", CheckResult.UNDETERMINED, ACT, AT), PROMISE,
        {
            C.ACCEPTED_WITH_OBLIGATIONS: C.ACCEPTED_WITH_OBLIGATIONS,
            C.MANUAL_REVIEW: C.ACCEPTED_WITH_OBLIGATIONS, C.GRANTED: C.GRANTED,
        },
    ),
    "withdrawn": (
        lambda c: withdraw(c, "c.p", ACT, MISSING, AT), PROMISE,
        {C.ACCEPTED_WITH_OBLIGATIONS: C.CORRECTION_NEEDED, C.MANUAL_REVIEW: C.CORRECTION_NEEDED},
    ),
    "terminated": (lambda c: enforce(c, "c.p", _at(TERMINATE)), BROKEN, {**ENDS, C.GRANTED: C.GRANTED}),
    "revoked": (lambda c: enforce(c, "c.p", _at(REVOKE)), BROKEN, {**ENDS, C.GRANTED: C.DECISION_REVOKED}),
    **{
        f"expired, {item}": (
            _expire(item), DEBT_ONLY,
            {C.ACCEPTED_WITH_OBLIGATIONS: C(item.value), C.MANUAL_REVIEW: C(item.value)},
        )
        for item in AtExpiry
    },
    "reminded": (
        lambda c: remind(c, "c.d"), DEBT_ONLY, {s: s for s in (
            C.ACCEPTED_WITH_OBLIGATIONS, C.MANUAL_REVIEW, C.GRANTED)},
    ),
    "granted": (
        lambda c: decide(c, R.GRANTED, ACT, AT), PROMISE,
        {C.ACCEPTED_WITH_OBLIGATIONS: C.GRANTED, C.COMPLETE: C.GRANTED},
    ),
    "refused": (
        lambda c: decide(c, R.REFUSED, ACT, AT), PROMISE,
        dict.fromkeys((C.ACCEPTED_WITH_OBLIGATIONS, C.MANUAL_REVIEW, C.COMPLETE), C.REFUSED),
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", CaseState)
def test_every_step_of_a_case_in_every_state(state: CaseState, step: str) -> None:
    change, case, expected = STEPS[step]
    if state in expected:
        assert change(replace(case, state=state)).case.state is expected[state]
        return
    with pytest.raises(CaseStateError) as refused:
        change(replace(case, state=state))
    assert refused.value.code == "case_state_conflict"


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("promise", ObligationState)
def test_something_may_still_follow_until_an_obligation_or_its_case_is_settled(
    promise: ObligationState, state: CaseState
) -> None:
    case = replace(PROMISE.with_obligation(replace(PROMISE.obligation("c.p"), state=promise)), state=state)
    waiting = state in {C.ACCEPTED_WITH_OBLIGATIONS, C.MANUAL_REVIEW, C.GRANTED}
    settled = promise in {S.KEPT, S.SUPPLIED, S.ENFORCED, S.WITHDRAWN}
    assert case.is_pending("c.p") is (waiting and not settled)


@pytest.mark.parametrize("result", DecisionResult)
def test_no_decision_is_made_while_something_is_owed(result: DecisionResult) -> None:
    with pytest.raises(CaseStateError) as refused:
        decide(BOTH, result, ACT, AT)
    assert refused.value.code == "case_owes"
    paid = supply(BOTH, "c.d", PAID, NOW).case
    assert decide(paid, result, ACT, AT).case.state == result.value


@pytest.mark.parametrize(
    ("state", "disputed"),
    [
        *((s, False) for s in (S.OPEN, S.KEPT, S.WITHDRAWN, S.ENFORCED)),
        *((s, True) for s in (S.BROKEN, S.OBJECTED, S.CONFIRMED, S.RECTIFYING)),
    ],
)
def test_nothing_is_granted_on_a_promise_that_is_found_broken(
    state: ObligationState, *, disputed: bool
) -> None:
    case = PROMISE.with_obligation(replace(PROMISE.obligation("c.p"), state=state))
    assert decide(case, R.REFUSED, ACT, AT).case.state is C.REFUSED
    if not disputed:
        assert decide(case, R.GRANTED, ACT, AT).case.state is C.GRANTED
        return
    with pytest.raises(CaseStateError) as refused:
        decide(case, R.GRANTED, ACT, AT)
    assert refused.value.code == "commitment_disputed"


@pytest.mark.parametrize(
    ("case", "result", "kinds"),
    [
        (PROMISE, R.GRANTED, [K.CASE_DECIDED]),
        (PROMISE, R.REFUSED, [K.CASE_DECIDED, K.CASE_CLOSED]),
        (replace(PROMISE, obligations=()), R.GRANTED, [K.CASE_DECIDED, K.CASE_CLOSED]),
    ],
)
def test_a_decision_is_an_event_and_closes_the_case_where_nothing_runs_on(
    case: Case, result: DecisionResult, kinds: list[EventKind]
) -> None:
    transition = decide(case, result, ACT, AT)
    assert [event.kind for event in transition.events] == kinds
    assert transition.events[0].data == {"decision": result.value, "officer": "officer-7", "counted": []}
    assert transition.case.decided == ACT


def test_a_case_of_an_earlier_version_is_read_as_undecided_and_undisputed() -> None:
    data = case_to_json(PROMISE)
    for name in ("decided", "commitments"):
        del data[name]
    for name in ("counted_from", "kept_readings", "doubted", "consequence_at", "step", "acts"):
        del data["obligations"][0][name]
    assert case_from_json(data) == PROMISE


def test_a_promise_checked_after_the_decision_closes_the_case() -> None:
    granted = decide(PROMISE, R.GRANTED, ACT, AT).case
    kept = record_check(granted, "c.p", CheckResult.KEPT, AT)
    assert [event.kind for event in kept.events] == [K.COMMITMENT_CHECKED, K.CASE_CLOSED]
    assert kept.case.state is C.GRANTED


def test_a_check_that_counts_from_the_decision_waits_for_it_with_an_estimate() -> None:
    transition = open_case("c", COUNTING, Assessment(OUTCOME, (PROMISED,), ()), CALENDAR, NOW)
    promise = transition.case.obligation("c.p")
    # Ten working days in which the authority promises to decide, then five.
    assert (promise.due_on, promise.provisional, promise.explanation) == ("2025-03-24", True, None)
    assert promise.awaits_decision
    assert transition.follow_ups == ()
    assert not is_due(transition.case, "c.p", LATE)
    assert recompute(transition.case, COUNTING, CALENDAR, LATE) is None


def test_the_decision_starts_the_time_that_counts_from_it() -> None:
    case = _opened(PROMISED, matter=COUNTING)
    decided = decide(case, R.GRANTED, ACT, Circumstances(COUNTING, CALENDAR, LATE))
    promise = decided.case.obligation("c.p")
    assert (promise.due_on, promise.provisional, promise.awaits_decision) == ("2025-06-09", False, False)
    assert decided.events[0].data["counted"][0]["due_on"] == "2025-06-09"
    assert [(f.kind, f.due_at) for f in decided.follow_ups] == [
        (FollowUpKind.COMMITMENT_CHECK, LATE), (FollowUpKind.COMMITMENT_OVERDUE, promise.due_at),
    ]  # fmt: skip
    assert is_due(decided.case, "c.p", promise.due_at)
    refused = decide(case, R.REFUSED, ACT, Circumstances(COUNTING, CALENDAR, LATE))
    assert refused.follow_ups == ()


def test_a_check_that_counts_from_acceptance_does_not_start_again() -> None:
    assert decide(PROMISE, R.GRANTED, ACT, replace(AT, now=LATE)).follow_ups == ()
