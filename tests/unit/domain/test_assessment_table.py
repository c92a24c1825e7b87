"""The truth table of an assessment, whole: verdict, time, data, rule, standing, eligibility and need.

Every combination is compared with the table written out below, and with what must hold in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from license_service.domain.application import (
    Application,
    CommitmentOffer,
    DeferralRequest,
    Person,
    PresentedLicense,
    SharedData,
    SubmittedDocument,
)
from license_service.domain.assessment import MaterialOutcome, OverallOutcome, assess
from license_service.domain.case import CaseState, open_case
from license_service.domain.conditions import FieldTest, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DataRoute,
    DeferralRoute,
    EligibilityRule,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
)
from license_service.domain.standing import Standing, StandingMark
from license_service.domain.workdays import WorkCalendar

TODAY = date(2025, 6, 2)
APPLICANT = Person("示例甲", "11010519491231002X")
MARK = StandingMark.BROKEN_COMMITMENT
NOTICE = Notice("n", "1", "告知", "Notice", "b")
LICENSE = PresentedLicense("r1", "TOTAL_PASSED", (), "TYPE", (APPLICANT.id,))
LICENSES: dict[str, tuple[PresentedLicense, ...]] = {
    "none": (),
    "genuine": (LICENSE,),
    "genuine but over": (replace(LICENSE, valid_until=date(2025, 6, 1)),),
    "forged": (replace(LICENSE, indication="TOTAL_FAILED", codes=("SIGNATURE_INVALID",)),),
    "unknown": (replace(LICENSE, indication="INDETERMINATE", codes=("REVOCATION_UNKNOWN",)),),
}
ANSWERS: dict[str, tuple[SharedData, ...]] = {
    "none": (),
    "confirmed": (SharedData("d1", "m", "register", "confirmed"),),
    "contradicted": (SharedData("d1", "m", "register", "contradicted"),),
    "undetermined": (SharedData("d1", "m", "register", "undetermined"),),
}
OFFERS = {
    "none": (),
    "current": (CommitmentOffer("m", NOTICE.digest, "示例甲"),),
    "outdated": (CommitmentOffer("m", "sha256:" + "0" * 64, "示例甲"),),
}
CHECKED = CommitmentRoute(
    NOTICE, CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), "b", not_for=(MARK,)
)
PROMISES = {
    "none": None,
    "checked": CHECKED,
    "exempt": replace(CHECKED, check=CheckPlan(CheckMethod.EXEMPT, reason="r")),
}
STANDINGS = {
    "good": Standing(may_commit=True, may_defer=True),
    "barred": Standing(may_commit=False, may_defer=False),
    "marked": Standing(may_commit=True, may_defer=True, marks=frozenset({MARK})),
}
LICENSE_ROUTE = LicenseRoute(("TYPE",), HolderRole.APPLICANT, "b")
DATA_ROUTE = DataRoute("register", ("applicant.id",), "b")
DEBT_ROUTE = DeferralRoute(Period(5, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b", not_for=(MARK,))
ELIGIBLE = EligibilityRule("adult", FieldTest("age", Operator.AT_LEAST, (18,)), "成年", "Adult", "b")
NEEDED = FieldTest("needed", Operator.EQUALS, (True,))
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2025}))


@dataclass(frozen=True)
class Row:
    presented: str
    license_rule: bool
    answer: str
    paper: bool
    paper_rule: bool
    offer: str
    promise_rule: str
    debt: bool
    debt_rule: bool
    primary: bool
    standing: str
    eligible: bool
    needed: bool

    def expected(self) -> MaterialOutcome:
        """Return the outcome as a clerk would read it off the rule."""
        trusted = self.standing == "good" and self.eligible
        table = (
            (not self.needed, MaterialOutcome.NOT_NEEDED),
            (self.license_rule and self.presented == "genuine", MaterialOutcome.EXEMPT),
            (self.answer == "confirmed", MaterialOutcome.EXEMPT),
            (self.paper and self.paper_rule, MaterialOutcome.SUBMITTED),
            (trusted and self.offer == "current" and self.promise_rule != "none", MaterialOutcome.COMMITTED),
            (trusted and self.debt and self.debt_rule and not self.primary, MaterialOutcome.DEFERRED),
            (self.license_rule and self.presented == "unknown", MaterialOutcome.MANUAL_REVIEW),
            (self.answer == "undetermined", MaterialOutcome.MANUAL_REVIEW),
        )
        return next((outcome for holds, outcome in table if holds), MaterialOutcome.MISSING)

    def overall(self, outcome: MaterialOutcome) -> OverallOutcome:
        if not self.eligible:
            return OverallOutcome.NOT_ELIGIBLE
        open_ones = outcome is MaterialOutcome.DEFERRED or (
            outcome is MaterialOutcome.COMMITTED and self.promise_rule == "checked"
        )
        return {
            MaterialOutcome.MISSING: OverallOutcome.CORRECTION_NEEDED,
            MaterialOutcome.MANUAL_REVIEW: OverallOutcome.MANUAL_REVIEW,
        }.get(
            outcome,
            OverallOutcome.ACCEPTED_WITH_OBLIGATIONS if open_ones else OverallOutcome.ACCEPTED,
        )

    def matter(self) -> Matter:
        material = Material(
            "m", "材料", "Material", self.primary, "b",
            by_license=LICENSE_ROUTE if self.license_rule else None,
            by_commitment=PROMISES[self.promise_rule],
            by_deferral=DEBT_ROUTE if self.debt_rule else None,
            by_submission=self.paper_rule,
            by_data=DATA_ROUTE,
            needed_when=NEEDED,
        )  # fmt: skip
        return Matter("x", "1", "事项", "Matter", TODAY, None, "b", (material,), eligibility=(ELIGIBLE,))

    def application(self) -> Application:
        return Application(
            "x", APPLICANT, None, LICENSES[self.presented],
            submitted=(SubmittedDocument("m", "a" * 64, "m.pdf"),) if self.paper else (),
            commitments=OFFERS[self.offer],
            deferrals=(DeferralRequest("m", "示例甲"),) if self.debt else (),
            data=ANSWERS[self.answer],
            fields={"age": 18 if self.eligible else 17, "needed": self.needed},
        )  # fmt: skip


def _rows() -> Iterator[Row]:
    both = (False, True)
    dimensions: tuple[Any, ...] = (
        LICENSES, both, ANSWERS, both, both, OFFERS, PROMISES, both, both, both, STANDINGS, both, both,
    )  # fmt: skip
    return (Row(*row) for row in product(*dimensions))


def test_every_combination_has_the_outcome_of_the_table_and_breaks_no_promise_of_ours() -> None:
    count, seen = 0, set()
    for row in _rows():
        assessment = assess(row.matter(), row.application(), STANDINGS[row.standing], TODAY)
        (finding,) = assessment.findings
        expected = row.expected()
        assert (finding.outcome, assessment.outcome) == (expected, row.overall(expected)), row
        # What must hold whatever the table says.
        if finding.outcome is MaterialOutcome.EXEMPT:
            by_license = row.license_rule and row.presented == "genuine"
            assert finding.report_id == ("r1" if by_license else "d1"), row
            assert by_license or row.answer == "confirmed", row
        if row.primary or not row.eligible or row.standing != "good":
            assert finding.outcome is not MaterialOutcome.DEFERRED, row
        if not row.eligible or row.standing != "good":
            assert finding.outcome is not MaterialOutcome.COMMITTED, row
        if finding.outcome is MaterialOutcome.MISSING:
            accepted = {OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS}
            assert assessment.outcome not in accepted, row
        seen.add((finding.outcome, assessment.outcome))
        count += 1
    assert count == 5 * 2 * 4 * 4 * 3 * 3 * 8 * 3 * 4
    assert {outcome for outcome, _ in seen} == set(MaterialOutcome)
    assert {outcome for _, outcome in seen} == set(OverallOutcome)


def test_every_outcome_opens_a_case_that_owes_exactly_what_its_findings_say() -> None:
    now = datetime(2025, 6, 2, 2, tzinfo=UTC)
    states = set()
    for row in (
        r for r in _rows() if r.presented in {"none", "unknown"} and r.answer == "none" and r.license_rule
    ):
        matter = row.matter()
        assessment = assess(matter, row.application(), STANDINGS[row.standing], TODAY)
        case = open_case("c", matter, assessment, CALENDAR, now).case
        owing = assessment.outcome is OverallOutcome.ACCEPTED_WITH_OBLIGATIONS
        assert len(case.obligations) == owing, row
        assert (case.state is CaseState.ACCEPTED_WITH_OBLIGATIONS) is owing, row
        states.add(case.state)
    assert states == {
        CaseState(outcome) if outcome != "accepted" else CaseState.COMPLETE for outcome in OverallOutcome
    }
