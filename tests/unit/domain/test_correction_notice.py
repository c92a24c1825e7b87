"""One notice tells everything: what a second look could find was told by the first."""

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
    SharedData,
    SubmittedDocument,
)
from license_service.domain.assessment import Assessment, MaterialOutcome, OverallOutcome, assess
from license_service.domain.conditions import FieldTest, Not, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.license_rule import Looked
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

TODAY = date(2025, 6, 2)
APPLICANT, PARTNER = Person("示例甲", "11010519491231002X"), Person("示例乙", "99990019851121003X")
GOOD = Standing(may_commit=True, may_defer=True)
NOTICE = Notice("n", "1", "告知", "Notice", "b")
LICENSE_ROUTE = LicenseRoute(("TYPE",), HolderRole.APPLICANT, "b", issuers=("1199*",), min_remaining_days=30)
MATERIAL = Material(
    "a", "材料", "Material", False, "b",  # noqa: FBT003
    by_license=LICENSE_ROUTE,
    by_commitment=CommitmentRoute(NOTICE, CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), "b"),
    by_deferral=DeferralRoute(Period(5, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b"),
    by_submission=True,
    by_data=DataRoute("register", ("applicant.id",), "b"),
)  # fmt: skip
MATERIALS = (
    MATERIAL,
    replace(MATERIAL, code="b", primary=True, by_deferral=None),
    replace(
        MATERIAL, code="c", by_commitment=None,
        by_license=replace(LICENSE_ROUTE, holder=HolderRole.OTHER_PARTY),
        needed_when=Not(FieldTest("single", Operator.EQUALS, (True,))),
    ),
    replace(MATERIAL, code="d", by_submission=False, by_deferral=None),
)  # fmt: skip
MATTER = Matter(
    "x", "1", "事项", "Matter", date(2025, 1, 1), None, "b", MATERIALS,
    eligibility=(EligibilityRule("adult", FieldTest("age", Operator.AT_LEAST, (18,)), "成年", "Adult", "b"),),
)  # fmt: skip
EMPTY = Application("x", APPLICANT, None, (), (), (), (), fields={"age": 18})
LICENSE = PresentedLicense("r1", "TOTAL_PASSED", (), "TYPE", (APPLICANT.id,), "11999900DEM000001X")
CODES = "abcd"


def _assess(application: Application, matter: Matter = MATTER, standing: Standing = GOOD) -> Assessment:
    return assess(matter, application, standing, TODAY)


licenses = st.builds(
    PresentedLicense,
    report_id=st.text("rst", min_size=1, max_size=3),
    indication=st.sampled_from(("TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE")),
    codes=st.lists(st.sampled_from(("SIGNATURE_INVALID", "REVOCATION_UNKNOWN"))).map(tuple),
    type_code=st.sampled_from(("TYPE", "OTHER")),
    holder_ids=st.sampled_from((APPLICANT.id, PARTNER.id)).map(lambda i: (i,)),
    issuer_code=st.sampled_from(("11999900DEM000001X", "11430000DEM000001X", "")),
    valid_until=st.sampled_from((None, date(2025, 6, 1), date(2025, 6, 20))),
)
answers = st.builds(
    SharedData,
    report_id=st.text("uvw", min_size=1, max_size=3),
    material=st.sampled_from(CODES),
    source=st.sampled_from(("register", "elsewhere")),
    result=st.sampled_from(("confirmed", "contradicted", "undetermined")),
)
digests = st.sampled_from((NOTICE.digest, "sha256:" + "0" * 64))
applications = st.builds(
    Application,
    matter_code=st.just("x"),
    applicant=st.just(APPLICANT),
    legal_person=st.none(),
    licenses=st.lists(licenses, max_size=4, unique_by=lambda item: item.report_id).map(tuple),
    submitted=st.lists(st.sampled_from(CODES + "z"), max_size=2).map(
        lambda codes: tuple(SubmittedDocument(code, "a" * 64, "x.pdf") for code in codes)
    ),
    commitments=st.lists(
        st.builds(
            CommitmentOffer, st.sampled_from(CODES), digests, st.just("甲"), st.sampled_from((None, "a" * 64))
        ),
        max_size=3,
    ).map(tuple),
    deferrals=st.lists(st.builds(DeferralRequest, st.sampled_from(CODES), st.just("甲")), max_size=3).map(
        tuple
    ),
    other_party=st.sampled_from((PARTNER, None)),
    data=st.lists(answers, max_size=3, unique_by=lambda item: item.report_id).map(tuple),
    fields=st.dictionaries(st.sampled_from(("age", "single")), st.sampled_from((17, 18, True, False))),
)
standings = st.sampled_from(
    (GOOD, Standing(may_commit=False, may_defer=False), Standing(may_commit=True, may_defer=False))
)


def _wrong(assessment: Assessment) -> dict[str, set[str]]:
    return {finding.material: set(finding.reasons) for finding in assessment.correction_notice()}


def _satisfy(application: Application, material: Material, way: str) -> Application:
    if way == "submission":
        paper = SubmittedDocument(material.code, "b" * 64, "y.pdf")
        return replace(application, submitted=(*application.submitted, paper))
    if way == "commitment":
        return replace(
            application,
            commitments=(*application.commitments, CommitmentOffer(material.code, NOTICE.digest, "甲")),
        )
    if way == "deferral":
        return replace(application, deferrals=(*application.deferrals, DeferralRequest(material.code, "甲")))
    if way == "data":
        answer = SharedData(f"new-{material.code}", material.code, "register", "confirmed")
        return replace(application, data=(*application.data, answer))
    return application  # a license: whether it serves depends on who holds it


@given(applications, standings, st.data())
def test_after_what_the_notice_says_nothing_new_is_found(
    application: Application, standing: Standing, data: st.DataObject
) -> None:
    first = _assess(application, standing=standing)
    corrected, done = application, set()
    for finding in first.correction_notice():
        material = MATTER.material(finding.material)
        ways = [way for way in finding.alternatives if way != "license"]
        if material is not None and ways and data.draw(st.booleans()):
            corrected = _satisfy(corrected, material, data.draw(st.sampled_from(ways)))
            done.add(material.code)
    second = _assess(corrected, standing=standing)
    before = _wrong(first)
    assert _wrong(second) == {code: reasons for code, reasons in before.items() if code not in done}
    assert second.not_eligible() == first.not_eligible()
    assert second.unanswered() == first.unanswered()


@given(applications, standings, st.data())
def test_taking_one_bad_thing_back_uncovers_no_other(
    application: Application, standing: Standing, data: st.DataObject
) -> None:
    first = _assess(application, standing=standing)
    used = {f.report_id for f in first.findings if f.outcome is MaterialOutcome.EXEMPT}
    bad = [item for item in application.licenses if item.report_id not in used]
    if not bad:
        return
    gone = data.draw(st.sampled_from(bad))
    kept = tuple(item for item in application.licenses if item is not gone)
    second = _assess(replace(application, licenses=kept), standing=standing)
    before = _wrong(first)
    assert _wrong(second).keys() == before.keys()
    assert all(reasons <= before[code] for code, reasons in _wrong(second).items())


@given(applications, standings, st.data())
def test_the_order_of_what_is_presented_never_matters(
    application: Application, standing: Standing, data: st.DataObject
) -> None:
    parts = ("licenses", "submitted", "commitments", "deferrals", "data")
    shuffled: dict[str, Any] = {
        name: tuple(data.draw(st.permutations(getattr(application, name)))) for name in parts
    }
    assert _assess(replace(application, **shuffled), standing=standing) == _assess(
        application, standing=standing
    )


@given(applications, standings)
def test_everything_presented_is_used_or_said_not_to_be(application: Application, standing: Standing) -> None:
    assessment = _assess(application, standing=standing)
    used = {f.report_id for f in assessment.findings if f.report_id}
    reports = {item.report_id for item in application.licenses} | {
        item.report_id for item in application.data
    }
    assert used | set(assessment.unused) == reports
    assert not used & set(assessment.unused)


@given(applications, standings)
def test_a_license_counts_the_same_for_every_material_it_is_asked_for(
    application: Application, standing: Standing
) -> None:
    findings = {f.material: f for f in _assess(application, standing=standing).findings}
    exempt = {code: f.report_id for code, f in findings.items() if f.code == "EXEMPT_BY_LICENSE"}
    assert exempt.get("a") == exempt.get("b") == exempt.get("d")


def test_a_paper_that_is_not_needed_is_said_to_be_superfluous() -> None:
    papers = tuple(SubmittedDocument(code, "a" * 64, "x.pdf") for code in ("a", "b", "z"))
    application = replace(
        EMPTY, licenses=(LICENSE,), submitted=papers, deferrals=(DeferralRequest("c", "甲"),),
        fields={"age": 18, "single": True},
    )  # fmt: skip
    assessment = _assess(application)
    assert assessment.outcome is OverallOutcome.ACCEPTED
    assert assessment.superfluous == ("deferral:c", "submission:a", "submission:b", "submission:z")
    assert _assess(replace(application, licenses=())).superfluous == ("deferral:c", "submission:z")


@pytest.mark.parametrize(
    ("fields", "outcome", "unanswered"),
    [
        ({"age": 18}, OverallOutcome.CORRECTION_NEEDED, ()),  # the materials are missing
        ({"age": 17}, OverallOutcome.NOT_ELIGIBLE, ()),
        ({}, OverallOutcome.CORRECTION_NEEDED, ("age",)),
        ({"age": "18"}, OverallOutcome.CORRECTION_NEEDED, ("age",)),
    ],
)
def test_who_is_known_not_to_be_eligible_is_told_so_and_who_does_not_say_is_asked(
    fields: dict[str, Any], outcome: OverallOutcome, unanswered: tuple[str, ...]
) -> None:
    assessment = _assess(replace(EMPTY, fields=fields))
    assert (assessment.outcome, assessment.unanswered()) == (outcome, unanswered)
    full = replace(EMPTY, fields={**fields, "single": True}, licenses=(LICENSE,))
    accepted = _assess(full).outcome
    assert accepted is (OverallOutcome.ACCEPTED if fields.get("age") == 18 else outcome)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"single": True}, MaterialOutcome.NOT_NEEDED),
        ({"single": False}, MaterialOutcome.MISSING),
        ({}, MaterialOutcome.MISSING),
        ({"single": "true"}, MaterialOutcome.MISSING),
    ],
)
def test_a_conditional_material_is_needed_unless_it_is_known_not_to_be(
    fields: dict[str, Any], outcome: MaterialOutcome
) -> None:
    findings = {f.material: f for f in _assess(replace(EMPTY, fields={"age": 18, **fields})).findings}
    assert findings["c"].outcome is outcome
    expected = {True: True, False: False}.get(fields.get("single"))  # type: ignore[arg-type] # also a text
    assert findings["c"].conditions[0] == Looked("application", "single equals true", expected)


@pytest.mark.parametrize(
    ("proxy", "allowed", "code"),
    [
        (None, False, "COMMITTED"),
        (None, True, "COMMITTED"),
        ("a" * 64, True, "COMMITTED"),
        ("a" * 64, False, "MATERIAL_MISSING"),
    ],
)
def test_somebody_else_promises_only_where_the_rule_allows_it(
    proxy: str | None, allowed: bool, code: str
) -> None:
    assert MATERIAL.by_commitment is not None
    route = replace(MATERIAL.by_commitment, proxy_allowed=allowed)
    matter = replace(MATTER, materials=(replace(MATERIAL, by_commitment=route),))
    application = replace(EMPTY, commitments=(CommitmentOffer("a", NOTICE.digest, "甲", proxy),))
    (finding,) = _assess(application, matter).findings
    assert finding.code == code
    assert finding.reasons == (() if code == "COMMITTED" else ("PROXY_NOT_ALLOWED",))


@pytest.mark.parametrize("mark", StandingMark)
@pytest.mark.parametrize("way", ["commitment", "deferral"])
def test_a_mark_closes_exactly_the_ways_whose_rule_names_it(way: str, mark: StandingMark) -> None:
    assert MATERIAL.by_commitment is not None
    assert MATERIAL.by_deferral is not None
    named = {
        "commitment": replace(MATERIAL, by_commitment=replace(MATERIAL.by_commitment, not_for=(mark,))),
        "deferral": replace(MATERIAL, by_deferral=replace(MATERIAL.by_deferral, not_for=(mark,))),
    }[way]
    application = _satisfy(EMPTY, MATERIAL, way)
    reason = {"commitment": "STANDING_FORBIDS_COMMITMENT", "deferral": "STANDING_FORBIDS_DEFERRAL"}[way]
    for marks, reasons in (({mark}, (reason,)), (set(StandingMark) - {mark}, ())):
        standing = replace(GOOD, marks=frozenset(marks))
        (finding,) = _assess(application, replace(MATTER, materials=(named,)), standing).findings
        assert finding.reasons == reasons
        assert (way in finding.alternatives) is not bool(reasons)


def test_a_finding_lists_every_condition_that_was_looked_at() -> None:
    application = replace(
        EMPTY, licenses=(LICENSE,), data=(SharedData("d1", "a", "register", "contradicted"),)
    )
    finding = _assess(application).findings[0]
    assert [(item.subject, item.rule, item.holds) for item in finding.conditions] == [
        ("r1", "holder", True), ("r1", "genuine", True), ("r1", "begun", True), ("r1", "not_expired", True),
        ("r1", "valid_for_days 30", True), ("r1", "issuer", True), ("d1", "source register", False),
        ("standing", "may_commit", True), ("standing", "may_defer", True),
    ]  # fmt: skip
