"""What becomes of each material: every route and reason, beside the twin that differs by one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.application import (
    Application,
    CommitmentOffer,
    DeferralRequest,
    Person,
    PresentedLicense,
    SubmittedDocument,
)
from license_service.domain.assessment import (
    Assessment,
    MaterialFinding,
    MaterialOutcome,
    OverallOutcome,
    assess,
    overall,
)
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DeferralRoute,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
)
from license_service.domain.standing import Standing

APPLICANT = Person("示例食品有限公司", "91350100M000100Y43")
LEGAL_PERSON = Person("某甲", "11010519491231002X")
GOOD = Standing(may_commit=True, may_defer=True)
NO_PROMISE, NO_DEBT = Standing(may_commit=False, may_defer=True), Standing(may_commit=True, may_defer=False)

BY_LICENSE = LicenseRoute(("TYPE-A", "TYPE-B"), HolderRole.APPLICANT, "b")
NOTICE = Notice("notice", "1", "告知", "Notice", "b")
CHECK = CheckPlan(CheckMethod.DATA_SOURCE, Period(5, Unit.WORKING_DAYS), "registry")
BY_COMMITMENT = CommitmentRoute(NOTICE, CHECK, "b")
BY_DEFERRAL = DeferralRoute(Period(10, Unit.WORKING_DAYS), (3,), AtExpiry.REFUSED, "b")
TODAY = date(2025, 6, 2)
ALL_WAYS = ("license", "submission", "commitment", "deferral")

LICENSE = PresentedLicense("r1", "TOTAL_PASSED", (), "TYPE-A", (APPLICANT.id,))
FORGED = replace(LICENSE, indication="TOTAL_FAILED", codes=("SIGNATURE_INVALID", "REFERENCE_MISMATCH"))
DOUBTFUL = replace(LICENSE, indication="INDETERMINATE", codes=("REVOCATION_UNKNOWN",))
STOLEN = replace(LICENSE, holder_ids=("91350100M000100Y51",))
PAPER = SubmittedDocument("m", "ab" * 32, "m.pdf")
PROMISE = CommitmentOffer("m", NOTICE.digest, "某甲")
OUTDATED = replace(PROMISE, notice_digest="sha256:" + "0" * 64)
DEBT = DeferralRequest("m", "某甲")

MATERIAL = Material("m", "材料", "Material", False, "b", BY_LICENSE, BY_COMMITMENT, BY_DEFERRAL, True)  # noqa: FBT003
PRIMARY = replace(MATERIAL, primary=True)
NO_PAPER = replace(MATERIAL, by_submission=False)
EMPTY = Application("matter", APPLICANT, LEGAL_PERSON, (), (), (), ())


def _matter(*materials: Material) -> Matter:
    return Matter("matter", "1", "事项", "Matter", date(2025, 1, 1), None, "b", materials)


def _application(**presented: Any) -> Application:
    return replace(EMPTY, **presented)


def _assess(application: Application, material: Material = MATERIAL, standing: Standing = GOOD) -> Assessment:
    return assess(_matter(material), application, standing, TODAY)


def _finding(
    application: Application, material: Material = MATERIAL, standing: Standing = GOOD
) -> MaterialFinding:
    (finding,) = _assess(application, material, standing).findings
    return finding


@pytest.mark.parametrize(
    ("application", "outcome", "code", "report"),
    [
        (_application(licenses=(LICENSE,)), MaterialOutcome.EXEMPT, "EXEMPT_BY_LICENSE", "r1"),
        (_application(submitted=(PAPER,)), MaterialOutcome.SUBMITTED, "SUBMITTED", None),
        (_application(commitments=(PROMISE,)), MaterialOutcome.COMMITTED, "COMMITTED", None),
        (_application(deferrals=(DEBT,)), MaterialOutcome.DEFERRED, "DEFERRED", None),
        (_application(licenses=(DOUBTFUL,)), MaterialOutcome.MANUAL_REVIEW, "LICENSE_UNDETERMINED", "r1"),
        (EMPTY, MaterialOutcome.MISSING, "MATERIAL_MISSING", None),
    ],
)
def test_each_route_gives_its_outcome_and_code(
    application: Application, outcome: MaterialOutcome, code: str, report: str | None
) -> None:
    finding = _finding(application)
    assert (finding.outcome, finding.code, finding.report_id) == (outcome, code, report)


LADDER: list[tuple[dict[str, tuple[Any, ...]], MaterialOutcome]] = [
    ({"licenses": (LICENSE,)}, MaterialOutcome.EXEMPT),
    ({"submitted": (PAPER,)}, MaterialOutcome.SUBMITTED),
    ({"commitments": (PROMISE,)}, MaterialOutcome.COMMITTED),
    ({"deferrals": (DEBT,)}, MaterialOutcome.DEFERRED),
]


@pytest.mark.parametrize("rung", range(len(LADDER)))
def test_an_earlier_route_wins_over_all_later_ones(rung: int) -> None:
    presented = {key: value for step, _ in LADDER[rung:] for key, value in step.items()}
    assert _finding(_application(**presented)).outcome is LADDER[rung][1]


@pytest.mark.parametrize("rung", range(1, len(LADDER)))
def test_a_doubtful_license_comes_after_every_other_way(rung: int) -> None:
    presented, outcome = LADDER[rung]
    assert _finding(_application(**presented, licenses=(DOUBTFUL,))).outcome is outcome


@pytest.mark.parametrize(
    ("license_", "reasons"),
    [
        (FORGED, ("SIGNATURE_INVALID", "REFERENCE_MISMATCH")),
        (STOLEN, ("HOLDER_MISMATCH",)),
        (replace(STOLEN, indication="INDETERMINATE", codes=("REVOCATION_UNKNOWN",)),
         ("HOLDER_MISMATCH", "REVOCATION_UNKNOWN")),
        (replace(STOLEN, indication="TOTAL_FAILED", codes=("HOLDER_MISMATCH",)), ("HOLDER_MISMATCH",)),
        (replace(LICENSE, holder_ids=()), ("HOLDER_MISMATCH",)),
        (replace(LICENSE, holder_ids=(LEGAL_PERSON.id,)), ("HOLDER_MISMATCH",)),
        (replace(LICENSE, type_code="TYPE-C"), ()),
    ],
)  # fmt: skip
def test_one_mutation_of_a_genuine_license_leaves_the_material_missing_with_the_reason(
    license_: PresentedLicense, reasons: tuple[str, ...]
) -> None:
    assert _finding(_application(licenses=(LICENSE,))).code == "EXEMPT_BY_LICENSE"
    finding = _finding(_application(licenses=(license_,)))
    assert (finding.code, finding.reasons, finding.report_id) == ("MATERIAL_MISSING", reasons, None)


@pytest.mark.parametrize(
    ("application", "material", "standing", "reason"),
    [
        (_application(submitted=(PAPER,)), NO_PAPER, GOOD, "SUBMISSION_NOT_ALLOWED"),
        (_application(commitments=(PROMISE,)), replace(MATERIAL, by_commitment=None), GOOD,
         "COMMITMENT_NOT_ALLOWED"),
        (_application(commitments=(OUTDATED,)), MATERIAL, GOOD, "NOTICE_OUTDATED"),
        (_application(commitments=(PROMISE,)), MATERIAL, NO_PROMISE, "STANDING_FORBIDS_COMMITMENT"),
        (_application(deferrals=(DEBT,)), replace(MATERIAL, by_deferral=None), GOOD, "DEFERRAL_NOT_ALLOWED"),
        (_application(deferrals=(DEBT,)), PRIMARY, GOOD, "DEFERRAL_NOT_ALLOWED"),
        (_application(deferrals=(DEBT,)), MATERIAL, NO_DEBT, "STANDING_FORBIDS_DEFERRAL"),
    ],
)  # fmt: skip
def test_a_closed_way_leaves_the_material_missing_with_the_reason(
    application: Application, material: Material, standing: Standing, reason: str
) -> None:
    finding = _finding(application, material, standing)
    assert (finding.outcome, finding.code) == (MaterialOutcome.MISSING, "MATERIAL_MISSING")
    assert finding.reasons == (reason,)


@pytest.mark.parametrize(
    "application",
    [
        _application(submitted=(replace(PAPER, material="other"),)),
        _application(commitments=(replace(PROMISE, material="other"),)),
        _application(deferrals=(replace(DEBT, material="other"),)),
    ],
)
def test_what_is_brought_for_another_material_says_nothing_of_this_one(application: Application) -> None:
    finding = _finding(application)
    assert (finding.code, finding.reasons) == ("MATERIAL_MISSING", ())


def test_every_reason_is_told_at_once_and_once() -> None:
    closed = replace(NO_PAPER, by_commitment=None, by_deferral=None)
    twice = (FORGED, replace(FORGED, report_id="r2"))
    application = _application(
        licenses=(*twice, replace(STOLEN, report_id="r3")),
        submitted=(PAPER,), commitments=(PROMISE,), deferrals=(DEBT,),
    )  # fmt: skip
    assert _finding(application, closed).reasons == (
        "HOLDER_MISMATCH", "SIGNATURE_INVALID", "REFERENCE_MISMATCH",
        "SUBMISSION_NOT_ALLOWED", "COMMITMENT_NOT_ALLOWED", "DEFERRAL_NOT_ALLOWED",
    )  # fmt: skip


def test_one_current_promise_among_outdated_ones_is_enough() -> None:
    assert _finding(_application(commitments=(OUTDATED, PROMISE))).code == "COMMITTED"


@pytest.mark.parametrize(
    ("material", "standing", "ways"),
    [
        (MATERIAL, GOOD, ALL_WAYS),
        (MATERIAL, NO_PROMISE, ("license", "submission", "deferral")),
        (MATERIAL, NO_DEBT, ("license", "submission", "commitment")),
        (PRIMARY, GOOD, ("license", "submission", "commitment")),
        (NO_PAPER, GOOD, ("license", "commitment", "deferral")),
        (replace(MATERIAL, by_license=None), GOOD, ("submission", "commitment", "deferral")),
        (replace(MATERIAL, by_commitment=None), GOOD, ("license", "submission", "deferral")),
        (replace(MATERIAL, by_deferral=None), GOOD, ("license", "submission", "commitment")),
        (replace(NO_PAPER, by_license=None, by_commitment=None, by_deferral=None), GOOD, ()),
    ],
)
def test_a_missing_material_names_every_way_still_open(
    material: Material, standing: Standing, ways: tuple[str, ...]
) -> None:
    assert _finding(EMPTY, material, standing).alternatives == ways


@pytest.mark.parametrize(
    ("presented", "ways"),
    [
        ({"licenses": (LICENSE,)}, ()),
        ({"submitted": (PAPER,)}, ()),
        ({"commitments": (PROMISE,)}, ALL_WAYS),
        ({"deferrals": (DEBT,)}, ALL_WAYS),
        ({"licenses": (DOUBTFUL,)}, ALL_WAYS),
    ],
)
def test_only_a_satisfied_material_names_no_alternatives(
    presented: dict[str, tuple[Any, ...]], ways: tuple[str, ...]
) -> None:
    assert _finding(_application(**presented)).alternatives == ways


@pytest.mark.parametrize("type_code", ["TYPE-A", "TYPE-B"])
def test_any_listed_type_exempts(type_code: str) -> None:
    finding = _finding(_application(licenses=(replace(LICENSE, type_code=type_code),)))
    assert finding.code == "EXEMPT_BY_LICENSE"


def test_a_license_of_the_legal_person_exempts_only_where_the_rule_names_the_legal_person() -> None:
    theirs = _application(licenses=(replace(LICENSE, holder_ids=(LEGAL_PERSON.id,)),))
    named = replace(MATERIAL, by_license=replace(BY_LICENSE, holder=HolderRole.LEGAL_PERSON))
    assert _finding(theirs, named).code == "EXEMPT_BY_LICENSE"
    assert _finding(theirs, MATERIAL).reasons == ("HOLDER_MISMATCH",)
    assert _finding(replace(theirs, legal_person=None), named).reasons == ("HOLDER_MISMATCH",)
    assert _finding(_application(licenses=(LICENSE,)), named).reasons == ("HOLDER_MISMATCH",)


def test_a_lower_case_id_in_the_application_is_the_same_id() -> None:
    typed = replace(APPLICANT, id=APPLICANT.id.lower())
    assert _finding(replace(_application(licenses=(LICENSE,)), applicant=typed)).code == "EXEMPT_BY_LICENSE"


def test_the_same_name_is_not_the_same_holder() -> None:
    namesake = Person(APPLICANT.name, "91350100M000100Y51")
    application = replace(_application(licenses=(LICENSE,)), applicant=namesake)
    assert _finding(application).reasons == ("HOLDER_MISMATCH",)


def test_a_license_that_satisfies_nothing_is_listed_as_unused() -> None:
    spare = replace(LICENSE, report_id="r0", type_code="TYPE-C")
    assert _assess(_application(licenses=(LICENSE, spare))).unused == ("r0",)


M = MaterialOutcome
OVERALL = [
    ((), OverallOutcome.ACCEPTED),
    ((M.EXEMPT, M.SUBMITTED), OverallOutcome.ACCEPTED),
    ((M.EXEMPT, M.COMMITTED), OverallOutcome.ACCEPTED_WITH_OBLIGATIONS),
    ((M.SUBMITTED, M.DEFERRED), OverallOutcome.ACCEPTED_WITH_OBLIGATIONS),
    ((M.DEFERRED, M.COMMITTED), OverallOutcome.ACCEPTED_WITH_OBLIGATIONS),
    ((M.EXEMPT, M.MANUAL_REVIEW), OverallOutcome.MANUAL_REVIEW),
    ((M.DEFERRED, M.MANUAL_REVIEW), OverallOutcome.MANUAL_REVIEW),
    ((M.EXEMPT, M.MISSING), OverallOutcome.CORRECTION_NEEDED),
    ((M.MANUAL_REVIEW, M.MISSING), OverallOutcome.CORRECTION_NEEDED),
    ((M.DEFERRED, M.MISSING), OverallOutcome.CORRECTION_NEEDED),
]


@pytest.mark.parametrize(("outcomes", "expected"), OVERALL)
def test_the_worst_finding_decides(outcomes: tuple[MaterialOutcome, ...], expected: OverallOutcome) -> None:
    findings = tuple(MaterialFinding(f"m{i}", outcome, "X") for i, outcome in enumerate(outcomes))
    assert overall(findings) is expected
    assert overall(findings[::-1]) is expected


def test_the_correction_notice_tells_everything_wrong_and_nothing_else() -> None:
    codes = {"m": MATERIAL, "n": replace(MATERIAL, code="n"), "o": replace(MATERIAL, code="o")}
    codes["n"] = replace(codes["n"], by_license=replace(BY_LICENSE, type_codes=("TYPE-N",)))
    codes["o"] = replace(codes["o"], by_license=None)
    application = _application(
        licenses=(LICENSE, replace(DOUBTFUL, report_id="r2", type_code="TYPE-N")),
    )
    assessment = assess(_matter(*codes.values()), application, GOOD, TODAY)
    assert assessment.outcome is OverallOutcome.CORRECTION_NEEDED
    assert [f.material for f in assessment.correction_notice()] == ["n", "o"]


licenses = st.builds(
    PresentedLicense,
    report_id=st.text("abcdef", min_size=1, max_size=3),
    indication=st.sampled_from(("TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE")),
    codes=st.lists(st.sampled_from(("SIGNATURE_INVALID", "REVOCATION_UNKNOWN", "LICENSE_EXPIRED"))).map(
        tuple
    ),
    type_code=st.sampled_from(("TYPE-A", "TYPE-B", "TYPE-C")),
    holder_ids=st.sampled_from((APPLICANT.id, LEGAL_PERSON.id, "91350100M000100Y51")).map(lambda i: (i,)),
)
applications = st.builds(
    Application,
    matter_code=st.just("matter"),
    applicant=st.just(APPLICANT),
    legal_person=st.sampled_from((LEGAL_PERSON, None)),
    licenses=st.lists(licenses, max_size=6, unique_by=lambda item: item.report_id).map(tuple),
    submitted=st.lists(st.sampled_from((PAPER, replace(PAPER, material="n")))).map(tuple),
    commitments=st.lists(st.sampled_from((PROMISE, OUTDATED, replace(PROMISE, material="n")))).map(tuple),
    deferrals=st.lists(st.sampled_from((DEBT, replace(DEBT, material="n")))).map(tuple),
)
materials = st.builds(
    replace,
    st.sampled_from((MATERIAL, PRIMARY, NO_PAPER)),
    by_license=st.sampled_from((BY_LICENSE, replace(BY_LICENSE, holder=HolderRole.LEGAL_PERSON), None)),
    by_commitment=st.sampled_from((BY_COMMITMENT, None)),
    by_deferral=st.sampled_from((BY_DEFERRAL, None)),
)
standings = st.builds(Standing, may_commit=st.booleans(), may_defer=st.booleans())


@given(applications, materials, standings, st.data())
def test_the_order_of_what_is_presented_never_matters(
    application: Application, material: Material, standing: Standing, data: st.DataObject
) -> None:
    matter = _matter(material, replace(material, code="n"))
    shuffled = replace(
        application,
        licenses=tuple(data.draw(st.permutations(application.licenses))),
        submitted=tuple(data.draw(st.permutations(application.submitted))),
        commitments=tuple(data.draw(st.permutations(application.commitments))),
        deferrals=tuple(data.draw(st.permutations(application.deferrals))),
    )
    assert assess(matter, shuffled, standing, TODAY) == assess(matter, application, standing, TODAY)


@given(st.lists(licenses, max_size=6, unique_by=lambda item: item.report_id), standings)
def test_no_number_of_other_peoples_licenses_ever_exempts_or_goes_to_review(
    presented: list[PresentedLicense], standing: Standing
) -> None:
    strangers = tuple(replace(item, holder_ids=("91350100M000100Y51",)) for item in presented)
    finding = _finding(_application(licenses=strangers), MATERIAL, standing)
    assert (finding.code, finding.report_id) == ("MATERIAL_MISSING", None)


@given(applications, materials, standings)
def test_only_a_passed_license_of_the_holder_exempts(
    application: Application, material: Material, standing: Standing
) -> None:
    finding = _finding(application, material, standing)
    route = material.by_license
    person = application.applicant if route is BY_LICENSE else application.legal_person
    genuine = {
        item.report_id
        for item in application.licenses
        if route is not None and person is not None and item.type_code in route.type_codes
        if item.indication == "TOTAL_PASSED" and person.id in item.holder_ids
    }
    assert (finding.outcome is MaterialOutcome.EXEMPT) == bool(genuine)
    assert finding.outcome is not MaterialOutcome.EXEMPT or finding.report_id in genuine
