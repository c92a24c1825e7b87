"""A debt gets more time once, for a reason, before it is due; and what an unpaid one enters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from license_service.domain.acts import Act, ActKind
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.case import Case, Circumstances, EventKind, is_due, open_case
from license_service.domain.deadlines import Period, Unit
from license_service.domain.debts import expire, extend, supply
from license_service.domain.matter import (
    AtExpiry,
    CreditRule,
    CreditScope,
    DeferralRoute,
    Material,
    Matter,
)
from license_service.domain.obligation import FollowUpKind, ObligationState, is_counted_for, is_overtaken
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
DUE = datetime(2025, 3, 17, 16, tzinfo=UTC)  # the end of the tenth working day
LONGER = datetime(2025, 3, 24, 16, tzinfo=UTC)
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))
ROUTE = DeferralRoute(
    Period(10, Unit.WORKING_DAYS), (3, 1), AtExpiry.REFUSED, "b", Period(5, Unit.WORKING_DAYS)
)
MATERIAL = Material("d", "材料", "Material", False, "b", None, None, ROUTE, True)  # noqa: FBT003
MATTER = Matter("matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b", (MATERIAL,))
AT = Circumstances(MATTER, CALENDAR, NOW)
OWED = MaterialFinding("d", MaterialOutcome.DEFERRED, "DEFERRED")
ASSESSMENT = Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (OWED,), ())
OPENED = open_case("c", MATTER, ASSESSMENT, CALENDAR, NOW)
CASE = OPENED.case
ACT = Act(ActKind.EXTENSION, "检测机构延期出证", NOW, "officer-7")


def _code(case: Case, at: Circumstances = AT) -> str:
    with pytest.raises(CaseStateError) as refused:
        extend(case, "c.d", ACT, at)
    return refused.value.code


def test_an_extension_moves_deadline_reminders_and_expiry() -> None:
    longer = extend(CASE, "c.d", ACT, AT)
    debt = longer.case.obligation("c.d")
    assert (debt.due_on, debt.due_at, debt.acts) == ("2025-03-24", LONGER, (ACT,))
    (event,) = longer.events
    assert (event.kind, event.data["told_before"], event.data["officer"]) == (
        EventKind.SUPPLEMENT_EXTENDED, "2025-03-17", "officer-7",
    )  # fmt: skip
    assert {(f.kind, f.occurrence) for f in longer.follow_ups} == {
        (FollowUpKind.SUPPLEMENT_REMINDER, "3 working days before 2025-03-24"),
        (FollowUpKind.SUPPLEMENT_REMINDER, "1 working days before 2025-03-24"),
        (FollowUpKind.SUPPLEMENT_EXPIRY, "2025-03-24"),
    }
    keys = {(f.kind, f.subject, f.occurrence) for f in (*OPENED.follow_ups, *longer.follow_ups)}
    assert len(keys) == len(OPENED.follow_ups) + len(longer.follow_ups)


def test_what_was_counted_for_the_day_told_before_is_void() -> None:
    longer = extend(CASE, "c.d", ACT, AT)
    debt = longer.case.obligation("c.d")
    told = {f.occurrence: is_counted_for(debt, f.occurrence) for f in OPENED.follow_ups}
    assert set(told.values()) == {False}
    assert all(is_counted_for(debt, f.occurrence) for f in longer.follow_ups)
    assert is_counted_for(debt, "3 working days before")  # as earlier versions wrote it
    assert not is_due(longer.case, "c.d", DUE)
    assert is_due(longer.case, "c.d", LONGER)


def test_an_extended_debt_is_paid_after_the_day_told_before() -> None:
    paid = MaterialFinding("d", MaterialOutcome.SUBMITTED, "SUBMITTED")
    after = DUE + timedelta(hours=1)
    longer = extend(CASE, "c.d", ACT, AT).case
    assert supply(longer, "c.d", paid, after).case.obligation("c.d").state is ObligationState.SUPPLIED
    with pytest.raises(CaseStateError):
        supply(CASE, "c.d", paid, after)


def test_a_debt_is_extended_once_in_time_and_where_the_rule_allows_it() -> None:
    assert _code(extend(CASE, "c.d", ACT, AT).case) == "deferral_extended_before"
    assert extend(CASE, "c.d", ACT, replace(AT, now=DUE)).case != CASE
    assert _code(CASE, replace(AT, now=DUE + timedelta(microseconds=1))) == "case_state_conflict"
    never = replace(MATERIAL, by_deferral=replace(ROUTE, extension=None))
    assert _code(CASE, replace(AT, matter=replace(MATTER, materials=(never,)))) == "case_state_conflict"


@pytest.mark.parametrize("state", [s for s in ObligationState if s is not ObligationState.OPEN])
def test_only_an_open_debt_is_extended(state: ObligationState) -> None:
    assert _code(CASE.with_obligation(replace(CASE.obligation("c.d"), state=state))) == "case_state_conflict"


@pytest.mark.parametrize(("scope", "matter"), [(CreditScope.MATTER, "matter"), (CreditScope.ALL, "")])
def test_an_unpaid_debt_enters_what_the_rule_says(scope: CreditScope, matter: str) -> None:
    rule = CreditRule(StandingMark.EXPIRED_DEBT, scope, Period(6, Unit.MONTHS), "信用依据")
    at = replace(AT, matter=replace(MATTER, credit=(rule,)), now=DUE)
    (entry,) = expire(CASE, "c.d", at).credit
    assert (entry.mark, entry.matter, entry.cause) == (StandingMark.EXPIRED_DEBT, matter, "c.d")
    assert (entry.since, entry.basis) == (DUE, "信用依据")
    other = replace(rule, mark=StandingMark.BROKEN_COMMITMENT)
    assert expire(CASE, "c.d", replace(at, matter=replace(MATTER, credit=(other,)))).credit == ()


@pytest.mark.parametrize(
    ("occurrence", "now", "expected"),
    [
        ("3 working days before", datetime(2025, 3, 13, 15, 59, tzinfo=UTC), False),
        ("3 working days before", datetime(2025, 3, 13, 16, tzinfo=UTC), True),
        ("1 working days before", datetime(2025, 3, 13, 16, tzinfo=UTC), False),
        ("1 working days before", datetime(2025, 3, 20, tzinfo=UTC), False),
    ],
)
def test_a_reminder_is_overtaken_when_the_next_is_due(occurrence: str, now: datetime, expected: bool) -> None:
    debt = CASE.obligation("c.d")
    assert is_overtaken(debt, f"{occurrence} {debt.due_on}", MATTER, CALENDAR, now) is expected
