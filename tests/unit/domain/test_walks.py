"""Random lives of a case: whatever is done in whatever order, what was promised to the applicant holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.acts import Act, ActKind, Ruling
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import (
    CASE,
    Case,
    CaseState,
    CheckResult,
    Circumstances,
    Transition,
    is_due,
    open_case,
)
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.deadlines import Period, Unit
from license_service.domain.debts import expire, extend, remind, supply
from license_service.domain.decision import DecisionResult, decide
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CheckStart,
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
    TimeLimit,
)
from license_service.domain.obligation import ObligationKind, ObligationState
from license_service.domain.promises import (
    enforce,
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

START = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025, 2026}))
DAYS = Period(3, Unit.WORKING_DAYS)
ON_BROKEN = OnBroken(
    DAYS,
    (
        Consequence(Remedy.RECTIFY, credit_record=False, basis="b", within=DAYS),
        Consequence(Remedy.REVOKE_DECISION, credit_record=True, basis="b"),
    ),
)
CHECK = CheckPlan(CheckMethod.ON_SITE, Period(20, Unit.WORKING_DAYS))
ROUTE = CommitmentRoute(Notice("n", "1", "告知", "Notice", "b"), CHECK, "b", on_broken=ON_BROKEN)
LATER = replace(ROUTE, check=replace(CHECK, counted_from=CheckStart.DECISION))
DEBT = DeferralRoute(DAYS, (1,), AtExpiry.TERMINATED, "b", DAYS)
MATERIAL = Material("p", "材料", "Material", False, "b", None, ROUTE, DEBT, True)  # noqa: FBT003
MATTER = Matter(
    "x", "1", "事项", "Matter", date(2025, 1, 1), None, "b",
    (
        MATERIAL,
        replace(MATERIAL, code="q", by_commitment=LATER, by_deferral=None),
        replace(MATERIAL, code="d"),
    ),
    time_limit=TimeLimit(DAYS, DAYS, None, "b"),
    credit=(CreditRule(StandingMark.BROKEN_COMMITMENT, CreditScope.ALL, Period(1, Unit.MONTHS), "b"),),
)  # fmt: skip
OPENED = open_case(
    "c", MATTER,
    Assessment(
        OverallOutcome.ACCEPTED_WITH_OBLIGATIONS,
        (
            MaterialFinding("p", MaterialOutcome.COMMITTED, "COMMITTED"),
            MaterialFinding("q", MaterialOutcome.COMMITTED, "COMMITTED"),
            MaterialFinding("d", MaterialOutcome.DEFERRED, "DEFERRED"),
        ),
        (),
    ),
    CALENDAR, START,
).case  # fmt: skip

S, C = ObligationState, CaseState
Step = Callable[[Case, str, Circumstances], Transition]
ACCEPTED = {C.ACCEPTED_WITH_OBLIGATIONS, C.COMPLETE, C.GRANTED}


def _act(kind: ActKind, at: Circumstances) -> Act:
    return Act(kind, "理由", at.now, "officer-7")


def _supply(case: Case, oid: str, at: Circumstances) -> Transition:
    material = case.obligation(oid).material
    return supply(case, oid, MaterialFinding(material, MaterialOutcome.SUBMITTED, "SUBMITTED"), at.now)


def _withdraw(case: Case, oid: str, at: Circumstances) -> Transition:
    material = case.obligation(oid).material
    owed = material == "p"
    outcome = MaterialOutcome.DEFERRED if owed else MaterialOutcome.MISSING
    return withdraw(case, oid, _act(ActKind.WITHDRAWAL, at), MaterialFinding(material, outcome, "X"), at)


def _when_due(change: Step) -> Step:
    """Return a change as the follow-ups apply it: nothing before its time."""

    def apply(case: Case, oid: str, at: Circumstances) -> Transition:
        if not is_due(case, oid, at.now):
            raise CaseStateError("not due")
        return change(case, oid, at)

    return apply


def _reading(result: CheckResult) -> Step:
    return lambda c, o, at: record_check(c, o, result, at)


def _finding(result: CheckResult) -> Step:
    return lambda c, o, at: record_finding(c, o, result, _act(ActKind.FINDING, at), at)


def _ruling(ruling: Ruling) -> Step:
    return lambda c, o, at: rule_on(c, o, ruling, _act(ActKind.RULING, at))


def _decision(result: DecisionResult) -> Step:
    return lambda c, _o, at: decide(c, result, _act(ActKind.DECISION, at), at)


STEPS: dict[str, Step] = {
    **{f"read {result}": _reading(result) for result in CheckResult},
    **{f"found {result}": _finding(result) for result in CheckResult},
    **{f"ruled {ruling}": _ruling(ruling) for ruling in Ruling},
    **{f"decided {result}": _decision(result) for result in DecisionResult},
    "objected": lambda c, o, at: object_to(c, o, _act(ActKind.OBJECTION, at)),
    "enforced": enforce,
    "withdrawn": _withdraw,
    "overdue": _when_due(lambda c, o, _at: record_overdue(c, o)),
    "reminded": lambda c, o, _at: remind(c, o),
    "extended": lambda c, o, at: extend(c, o, _act(ActKind.EXTENSION, at), at),
    "supplied": _supply,
    "expired": _when_due(expire),
}


def _holds(case: Case) -> None:
    states = {(item.kind, item.state) for item in case.obligations}
    findings = {finding.material: finding.outcome for finding in case.findings}
    # No result is issued while something is owed.
    assert case.state is not C.GRANTED or (ObligationKind.DEFERRAL, S.OPEN) not in states
    # No accepted case lacks a material.
    if case.state in ACCEPTED:
        assert MaterialOutcome.MISSING not in findings.values()
        for item in case.obligations:
            still = findings[item.material] is MaterialOutcome.COMMITTED
            assert (item.state is S.WITHDRAWN) is (item.kind is ObligationKind.COMMITMENT and not still)
            assert item.state is not S.EXPIRED
    assert case.state is not C.COMPLETE or S.OPEN not in {state for _, state in states}
    assert case.state in CASE.reachable()


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(("c.p", "c.q", "c.d")), st.integers(0, 4)),
        max_size=30,
    )
)
def test_no_order_of_acts_breaks_what_was_promised(life: list[tuple[str, str, int]]) -> None:
    case, now = OPENED, START
    for name, obligation_id, days in life:
        now += timedelta(days=days)
        before = case.obligation(obligation_id)
        try:
            transition = STEPS[name](case, obligation_id, Circumstances(MATTER, CALENDAR, now))
        except CaseStateError:
            continue
        after = transition.case.obligation(obligation_id)
        if after.state is S.BROKEN and before.state is S.OPEN:
            # Broken by a clerk, or by a reading that agrees with the one before it.
            assert name == "found broken" or (name == "read broken" and before.broken_readings == 1)
        if after.step > before.step:
            # What follows, follows in its time, and never while an objection waits.
            assert before.state in {S.BROKEN, S.CONFIRMED, S.RECTIFYING}
            assert before.consequence_at is not None
            assert before.consequence_at <= now
        assert transition.credit == () or name == "enforced"
        case = transition.case
        _holds(case)
        assert case_from_json(json.loads(json.dumps(case_to_json(case)))) == case
