"""What must hold in every combination of verdict, rule, standing and time, from application to decision.

The standing comes from credit records, as it does in the service: each mark, state and scope, before and
after its period. What a single assessment gives is compared with a table in `test_assessment_table`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, Literal

import pytest

from license_service.domain.acts import Act, ActKind
from license_service.domain.application import (
    Application,
    CommitmentOffer,
    DeferralRequest,
    Person,
    PresentedLicense,
)
from license_service.domain.assessment import Assessment, MaterialOutcome, OverallOutcome, assess
from license_service.domain.case import Case, CaseState, Circumstances, open_case
from license_service.domain.conditions import FieldTest, Operator
from license_service.domain.credit import CreditEntry, CreditRecord, CreditState, standing_of
from license_service.domain.deadlines import Period, Unit
from license_service.domain.decision import DecisionResult, decide
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CheckStart,
    CommitmentRoute,
    DeferralRoute,
    EligibilityRule,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
)
from license_service.domain.obligation import ObligationKind
from license_service.domain.standing import Standing, StandingMark
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CaseStateError

NOW = datetime(2025, 6, 2, 2, tzinfo=UTC)
TODAY, DAY = date(2025, 6, 2), timedelta(days=1)
APPLICANT = Person("示例甲", "11010519491231002X")
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))
NOTICE = Notice("n", "1", "告知", "Notice", "b")
ELIGIBLE = EligibilityRule("adult", FieldTest("age", Operator.AT_LEAST, (18,)), "成年", "Adult", "b")
LICENSE = PresentedLicense("r1", "TOTAL_PASSED", (), "TYPE", (APPLICANT.id,))
INDICATIONS: tuple[Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"], ...] = (
    "TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE",
)  # fmt: skip
VALIDITY: dict[str, dict[str, date | None]] = {
    "endless": {},
    "begins tomorrow": {"valid_from": TODAY + DAY},
    "ends today": {"valid_until": TODAY},
    "ended yesterday": {"valid_until": TODAY - DAY},
    "ends in ten days": {"valid_until": TODAY + 10 * DAY},
}
NOT_FOR = (StandingMark.SERIOUS_DISHONESTY, StandingMark.BROKEN_COMMITMENT)
CHECK = CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS))
ROUTE = CommitmentRoute(NOTICE, CHECK, "b", NOT_FOR)
PROMISES = {
    "none": None,
    "checked": ROUTE,
    "checked from the decision": replace(ROUTE, check=replace(CHECK, counted_from=CheckStart.DECISION)),
    "exempt": replace(ROUTE, check=CheckPlan(CheckMethod.EXEMPT, reason="r")),
}
DEBT = DeferralRoute(
    Period(5, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b", not_for=(*NOT_FOR, StandingMark.EXPIRED_DEBT)
)
PERIODS = {"runs": NOW + DAY, "ends now": NOW, "over": NOW - DAY}
DECIDED = Act(ActKind.DECISION, "理由", NOW, "officer-7")
SATISFIED = {MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED, MaterialOutcome.NOT_NEEDED}
ACCEPTED = {OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS}


def _records() -> Iterator[CreditRecord | None]:
    yield None
    for mark, state, scope, until in product(StandingMark, CreditState, ("", "x", "y"), PERIODS.values()):
        yield CreditRecord("r", "i", CreditEntry(mark, scope, NOW - 9 * DAY, until, "b"), state)


RECORDS = tuple(_records())


@dataclass(frozen=True)
class Row:
    indication: Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]
    validity: str
    remaining: int
    promise: str
    debt: bool
    primary: bool
    eligible: bool
    record: CreditRecord | None = None

    @property
    def is_shown_genuine(self) -> bool:
        """Say by the calendar alone whether the license proves the material."""
        serving = {"endless", *(["ends today"] if not self.remaining else [])}
        serving |= {"ends in ten days"} if self.remaining <= 10 else set()
        return self.indication == "TOTAL_PASSED" and self.validity in serving

    @property
    def is_marked(self) -> bool:
        """Say by the record alone whether it stands against the applicant here and now."""
        record = self.record
        if record is None or record.state in {CreditState.REPAIRED, CreditState.CANCELED}:
            return False
        return record.entry.matter != "y" and record.entry.until > NOW

    def matter(self) -> Matter:
        material = Material(
            "m", "材料", "Material", self.primary, "b",
            by_license=LicenseRoute(
                ("TYPE",), HolderRole.APPLICANT, "b", min_remaining_days=self.remaining
            ),
            by_commitment=PROMISES[self.promise],
            by_deferral=DEBT if self.debt else None,
            by_submission=True,
        )  # fmt: skip
        return Matter("x", "1", "事项", "Matter", TODAY, None, "b", (material,), eligibility=(ELIGIBLE,))

    def application(self) -> Application:
        dates: dict[str, Any] = VALIDITY[self.validity]
        return Application(
            "x", APPLICANT, None, (replace(LICENSE, indication=self.indication, **dates),), (),
            commitments=(CommitmentOffer("m", NOTICE.digest, "示例甲"),),
            deferrals=(DeferralRequest("m", "示例甲"),),
            fields={"age": 18 if self.eligible else 17},
        )  # fmt: skip


def _rows() -> Iterator[Row]:
    both = (False, True)
    return (Row(*row) for row in product(INDICATIONS, VALIDITY, (0, 10, 11), PROMISES, both, both, both))


def _check_assessment(row: Row, assessment: Assessment) -> None:
    (finding,) = assessment.findings
    # INDETERMINATE never exempts; nor does a license outside its time.
    assert (finding.outcome is MaterialOutcome.EXEMPT) is row.is_shown_genuine, row
    trusted = finding.outcome in {MaterialOutcome.COMMITTED, MaterialOutcome.DEFERRED}
    # An ineligible applicant never promises or owes; nor does one whose record closes the way.
    assert row.eligible or not trusted, row
    mark = row.record.entry.mark if row.record and row.is_marked else None
    assert finding.outcome is not MaterialOutcome.COMMITTED or mark not in NOT_FOR, row
    assert finding.outcome is not MaterialOutcome.DEFERRED or mark is None, row
    # A primary material is never deferred.
    assert not (row.primary and finding.outcome is MaterialOutcome.DEFERRED), row
    # No accepted case lacks a material.
    assert assessment.outcome not in ACCEPTED or trusted or finding.outcome in SATISFIED, row


def _check_case(row: Row, matter: Matter, case: Case, assessment: Assessment) -> None:
    (finding,) = assessment.findings
    kinds = [item.kind for item in case.obligations]
    owing = finding.outcome is MaterialOutcome.DEFERRED
    checked = finding.outcome is MaterialOutcome.COMMITTED and row.promise != "exempt"
    wanted = [ObligationKind.DEFERRAL] * owing + [ObligationKind.COMMITMENT] * checked
    assert kinds == (wanted if row.eligible else []), row
    at = Circumstances(matter, CALENDAR, NOW)
    if assessment.outcome in ACCEPTED and not owing:
        assert decide(case, DecisionResult.GRANTED, DECIDED, at).case.state is CaseState.GRANTED, row
        return
    # No result is issued on what is not accepted, or while something is owed.
    with pytest.raises(CaseStateError):
        decide(case, DecisionResult.GRANTED, DECIDED, at)


def test_what_must_hold_holds_in_every_combination() -> None:
    count, outcomes, states = 0, set(), set()
    for asked in _rows():
        matter, application = asked.matter(), asked.application()
        answers: dict[Standing, Assessment] = {}
        for record in RECORDS:
            row, standing = replace(asked, record=record), standing_of([record] if record else [], "x", NOW)
            # Pure, so that equal questions need be asked once alone.
            if standing not in answers:
                answers[standing] = assess(matter, application, standing, TODAY)
                case = open_case("c", matter, answers[standing], CALENDAR, NOW).case
                _check_case(row, matter, case, answers[standing])
                states.add(case.state)
            _check_assessment(row, answers[standing])
            outcomes.add(answers[standing].findings[0].outcome)
            count += 1
    assert count == 3 * 5 * 3 * 4 * 2 * 2 * 2 * (1 + 3 * 5 * 3 * 3)
    assert outcomes == set(MaterialOutcome) - {MaterialOutcome.SUBMITTED, MaterialOutcome.NOT_NEEDED}
    assert states == {
        CaseState.COMPLETE, CaseState.ACCEPTED_WITH_OBLIGATIONS, CaseState.CORRECTION_NEEDED,
        CaseState.MANUAL_REVIEW, CaseState.NOT_ELIGIBLE,
    }  # fmt: skip
