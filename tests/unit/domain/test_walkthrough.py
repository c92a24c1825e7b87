"""The way forwards: each step beside the twin that lacks it, and what a bundle costs together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from license_service.adapters.workday_calendar import china_calendar
from license_service.domain.application import (
    Application,
    CommitmentOffer,
    DeferralRequest,
    Person,
    PresentedLicense,
    SubmittedDocument,
)
from license_service.domain.assessment import assess
from license_service.domain.bundle import Bundle, BundleMember, ResultNeed
from license_service.domain.case import open_case
from license_service.domain.conditions import FieldTest, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DeferralRoute,
    EligibilityRule,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    TimeLimit,
)
from license_service.domain.standing import Standing
from license_service.domain.walkthrough import Effort, Walkthrough, together, walk

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday
CALENDAR = china_calendar()
OWNER = Person("示例甲", "11010519491231002X")
NOTICE = Notice("n", "1", "告知", "Notice", "b")


def _material(code: str, **ways: Any) -> Material:
    usual: dict[str, Any] = dict.fromkeys(("by_license", "by_commitment", "by_deferral"))
    usual |= {"primary": False, "by_submission": True}
    return Material(code=code, name_zh="材料", name_en="Material", basis="b", **{**usual, **ways})


def _days(count: int) -> Period:
    return Period(count, Unit.WORKING_DAYS)


MATTER = Matter(
    "m", "1", "事项", "Matter", date(2026, 1, 1), None, "b",
    (
        _material("license", by_license=LicenseRoute(("T",), HolderRole.APPLICANT, "b")),
        _material("plan"),
        _material(
            "safety",
            by_commitment=CommitmentRoute(NOTICE, CheckPlan(CheckMethod.ON_SITE, _days(30)), "b"),
        ),
        _material("health", by_deferral=DeferralRoute(_days(5), (1,), AtExpiry.REFUSED, "b")),
        _material("foreign", needed_when=FieldTest("foreign", Operator.EQUALS, (True,))),
    ),
    time_limit=TimeLimit(_days(20), _days(10), None, "b"),
)  # fmt: skip
EVERYTHING = Application(
    "m", OWNER, None,
    licenses=(PresentedLicense("r1", "TOTAL_PASSED", (), "T", (OWNER.id,)),),
    submitted=(SubmittedDocument("plan", "0" * 64, "plan.pdf"),),
    commitments=(CommitmentOffer("safety", NOTICE.digest, OWNER.name),),
    deferrals=(DeferralRequest("health", OWNER.name),),
    fields={"foreign": False},
)  # fmt: skip


def _walk(application: Application = EVERYTHING, matter: Matter = MATTER, **more: Any) -> Walkthrough:
    assessment = assess(matter, application, Standing(may_commit=True, may_defer=True), NOW.date())
    case = open_case("c", matter, assessment, CALENDAR, NOW).case
    return walk(matter, assessment, case, CALENDAR, NOW, **more)


def _kinds(walked: Walkthrough) -> list[str]:
    return [step.kind.value for step in walked.steps]


def test_the_whole_way_is_told_in_the_order_of_its_days() -> None:
    walked = _walk()
    assert [(step.kind, step.actor, step.materials, step.due_on) for step in walked.steps] == [
        ("apply", "applicant", ("plan", "safety", "health"), None),
        ("verify", "service", ("license",), None),
        ("accept", "authority", (), None),
        ("supply", "applicant", ("health",), date(2026, 3, 9)),
        ("decide", "authority", (), date(2026, 3, 16)),
        ("issue", "authority", (), date(2026, 3, 16)),
        ("check", "authority", ("safety",), date(2026, 4, 14)),
    ]
    assert walked.effort == Effort(2, 0, 10)
    assert (walked.ordinary, walked.statutory_days) == (Effort(4, 2, 20), 20)
    assert [finding.report_id for finding in walked.exempt] == ["r1"]
    assert [item.material for item in (*walked.promises, *walked.debts)] == ["safety", "health"]


@pytest.mark.parametrize(
    ("changes", "there", "gone"),
    [
        ({"licenses": ()}, {"correct"}, {"verify"}),
        ({"deferrals": ()}, {"correct"}, {"supply"}),
        ({"commitments": ()}, {"correct"}, {"check"}),
        (
            {"licenses": (replace(EVERYTHING.licenses[0], indication="INDETERMINATE"),)},
            {"review"},
            {"verify", "correct"},
        ),
    ],
)
def test_a_step_is_there_only_where_something_asks_for_it(
    changes: dict[str, Any], there: set[str], gone: set[str]
) -> None:
    kinds = set(_kinds(_walk(replace(EVERYTHING, **changes))))
    assert there <= kinds
    assert not gone & kinds
    assert not there & set(_kinds(_walk()))


def test_only_a_doubt_brings_the_applicant_to_the_hall() -> None:
    doubtful = replace(EVERYTHING.licenses[0], indication="INDETERMINATE")
    assert _walk(replace(EVERYTHING, licenses=(doubtful,))).effort.trips == 1
    assert _walk(replace(EVERYTHING, licenses=())).effort.trips == 0


def test_who_is_not_eligible_is_told_so_and_has_no_further_way() -> None:
    rule = EligibilityRule("local", FieldTest("foreign", Operator.EQUALS, (True,)), "本地", "Local", "b")
    assert _kinds(_walk(matter=replace(MATTER, eligibility=(rule,)))) == ["apply", "verify", "close"]
    asked = _walk(replace(EVERYTHING, fields={}), replace(MATTER, eligibility=(rule,)))
    assert "correct" in _kinds(asked)


def test_a_result_that_will_come_is_awaited_and_is_no_paper_of_the_applicants() -> None:
    without = replace(EVERYTHING, licenses=())
    walked = _walk(without, awaited=("license",))
    assert ("await_result" in _kinds(walked), "correct" in _kinds(walked)) == (True, False)
    assert "license" not in walked.papers
    assert "license" in _walk(without).papers


def test_a_matter_that_states_no_limit_promises_no_day() -> None:
    walked = _walk(matter=replace(MATTER, time_limit=None))
    assert (walked.effort.working_days, walked.ordinary.working_days) == (None, None)
    assert "decide" not in _kinds(walked)


def test_days_of_a_bundle_add_up_only_along_results_and_a_paper_counts_once() -> None:
    need = (ResultNeed("license", "a", "b"),)
    bundle = Bundle(
        "x", "1", "件", "x", date(2026, 1, 1), None, "b", (BundleMember("b", need), BundleMember("a"))
    )
    walked = _walk()
    effort, statutory, ordinary = together(bundle, {"a": walked, "b": walked})
    assert (effort, statutory, ordinary) == (Effort(2, 0, 20), 40, Effort(8, 4, 40))
    beside = replace(bundle, members=(BundleMember("a"), BundleMember("b")))
    assert together(beside, {"a": walked, "b": walked})[0].working_days == 10
