"""What becomes of each matter of a bundle: every way to wait, beside the twin that differs by one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.assessment import (
    Assessment,
    EligibilityFinding,
    MaterialFinding,
    MaterialOutcome,
    OverallOutcome,
)
from license_service.domain.assessment import overall as conclude
from license_service.domain.bundle import Bundle, BundleMember, ResultNeed, in_order
from license_service.domain.bundle_decision import WAITING, BundleOutcome, decide, overall

EXEMPT, MISSING, REVIEW = MaterialOutcome.EXEMPT, MaterialOutcome.MISSING, MaterialOutcome.MANUAL_REVIEW
FOUND = MaterialFinding("paper", EXEMPT, "EXEMPT_BY_LICENSE", "r1")
LACKED = MaterialFinding("paper", MISSING, "MATERIAL_MISSING", alternatives=("submission",))
RESULT = replace(LACKED, material="license", alternatives=("license", "submission"))
FORGED = replace(RESULT, reasons=("SIGNATURE_INVALID",))
DOUBTFUL = replace(RESULT, outcome=REVIEW, code="LICENSE_UNDETERMINED", reasons=("REVOCATION_UNKNOWN",))
HAD = replace(FOUND, material="license")
NOT_ELIGIBLE = EligibilityFinding("adult", holds=False)
UNTOLD = EligibilityFinding("adult", None, ("age",))

FIRST = BundleMember("first")
SECOND = BundleMember("second", (ResultNeed("license", "first", "b"),))
THIRD = BundleMember("third", (ResultNeed("license", "second", "b"),))


def _bundle(*members: BundleMember) -> Bundle:
    return Bundle("b", "1", "一件事", "Bundle", date(2026, 1, 1), None, "b", members)


def _assessed(*findings: MaterialFinding, eligibility: tuple[EligibilityFinding, ...] = ()) -> Assessment:
    return Assessment(conclude(findings, eligibility), findings, (), eligibility)


ACCEPTED, CORRECTED = _assessed(FOUND), _assessed(LACKED)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "codes"),
    [
        (ACCEPTED, _assessed(FOUND, HAD), "accepted", []),
        (ACCEPTED, _assessed(FOUND, RESULT), WAITING, ["AWAITS_RESULT"]),
        (CORRECTED, _assessed(FOUND, RESULT), "correction_needed", ["RESULT_NOT_COMING"]),
        (CORRECTED, _assessed(FOUND, HAD), "accepted", []),
        (_assessed(DOUBTFUL), _assessed(RESULT), "correction_needed", ["RESULT_NOT_COMING"]),
        (ACCEPTED, _assessed(LACKED, RESULT), "correction_needed", ["MATERIAL_MISSING", "AWAITS_RESULT"]),
        (ACCEPTED, _assessed(FOUND, FORGED), "correction_needed", ["SIGNATURE_INVALID", "AWAITS_RESULT"]),
        (ACCEPTED, _assessed(FOUND, DOUBTFUL), "manual_review", ["REVOCATION_UNKNOWN", "AWAITS_RESULT"]),
        (ACCEPTED, _assessed(RESULT, eligibility=(NOT_ELIGIBLE,)), "not_eligible", None),
        (ACCEPTED, _assessed(RESULT, eligibility=(UNTOLD,)), "correction_needed", None),
    ],
)
def test_a_matter_waits_only_where_it_lacks_nothing_but_a_result_that_may_come(
    first: Assessment, second: Assessment, outcome: str, codes: list[str] | None
) -> None:
    decisions = decide(_bundle(FIRST, SECOND), {"first": first, "second": second})
    assert decisions[1].outcome == outcome
    assert bool(decisions[1].waits_for) is (outcome == WAITING)
    if codes is not None:
        assert [code for item in decisions[1].obstacles for code in item.codes] == codes


@pytest.mark.parametrize(
    ("first", "unasked", "outcome"),
    [
        (CORRECTED, {"first": ["paper"]}, WAITING),
        (CORRECTED, {"first": ["other"]}, "correction_needed"),
        (CORRECTED, {"second": ["paper"]}, "correction_needed"),
        (_assessed(LACKED, replace(LACKED, material="more")), {"first": ["paper"]}, "correction_needed"),
        (_assessed(LACKED, eligibility=(UNTOLD,)), {"first": ["paper"]}, "correction_needed"),
        (_assessed(LACKED, eligibility=(NOT_ELIGIBLE,)), {"first": ["paper"]}, "correction_needed"),
    ],
)
def test_a_result_may_come_of_what_lacks_only_what_a_source_will_be_asked_about(
    first: Assessment, unasked: dict[str, list[str]], outcome: str
) -> None:
    told = decide(_bundle(FIRST, SECOND), {"first": first, "second": _assessed(RESULT)}, unasked=unasked)
    assert told[0].outcome == first.outcome  # it is not accepted before the source has answered
    assert told[1].outcome == outcome


def test_what_a_source_will_be_asked_about_is_not_waited_for_as_a_result() -> None:
    lacks_both = _assessed(LACKED, RESULT)
    told = decide(
        _bundle(FIRST, SECOND), {"first": ACCEPTED, "second": lacks_both}, unasked={"second": ["paper"]}
    )
    assert [need.material for need in told[1].waits_for] == ["license"]
    only_data = decide(
        _bundle(FIRST, SECOND), {"first": ACCEPTED, "second": CORRECTED}, unasked={"second": ["paper"]}
    )
    assert not only_data[1].waits_for


def test_every_obstacle_says_what_would_remove_it() -> None:
    second = _assessed(LACKED, RESULT, eligibility=(NOT_ELIGIBLE, UNTOLD))
    told = decide(_bundle(FIRST, SECOND), {"first": ACCEPTED, "second": second})[1].obstacles
    assert [(item.kind, item.subject, item.ways, item.result_of) for item in told] == [
        ("eligibility", "adult", (), ""),
        ("field", "age", ("field",), ""),
        ("material", "paper", ("submission",), ""),
        ("result", "license", ("license", "submission"), "first"),
    ]


def test_waiting_passes_on_to_whoever_needs_the_result_of_what_waits() -> None:
    waits = _assessed(RESULT)
    all_three = _bundle(FIRST, SECOND, THIRD)
    told = decide(all_three, {"first": ACCEPTED, "second": waits, "third": waits})
    assert [item.outcome for item in told] == ["accepted", WAITING, WAITING]
    told = decide(all_three, {"first": CORRECTED, "second": waits, "third": waits})
    assert {item.outcome for item in told} == {"correction_needed"}


@pytest.mark.parametrize(("finding", "outcome"), [(RESULT, WAITING), (FORGED, WAITING), (HAD, "accepted")])
def test_in_a_later_round_only_a_result_that_serves_ends_the_waiting(
    finding: MaterialFinding, outcome: str
) -> None:
    (told,) = decide(_bundle(FIRST, SECOND), {"second": _assessed(finding)}, {"first"})
    assert told.outcome == outcome


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ([], BundleOutcome.NOT_ACCEPTED),
        (["accepted", "accepted_with_obligations"], BundleOutcome.ACCEPTED),
        *((["accepted", other], BundleOutcome.PARTLY_ACCEPTED) for other in (WAITING, "manual_review")),
        *(
            ([outcome.value], BundleOutcome.NOT_ACCEPTED)
            for outcome in OverallOutcome
            if outcome not in {OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS}
        ),
        ([WAITING], BundleOutcome.NOT_ACCEPTED),
    ],
)
def test_the_whole_is_accepted_only_with_all_of_its_matters(
    outcomes: list[str], whole: BundleOutcome
) -> None:
    assert overall(outcomes) is whole


_ASSESSMENTS = st.sampled_from(
    [ACCEPTED, CORRECTED, _assessed(RESULT), _assessed(FORGED), _assessed(DOUBTFUL), _assessed(HAD)]
)


@given(_ASSESSMENTS, _ASSESSMENTS, _ASSESSMENTS)
def test_the_order_of_matters_never_changes_what_becomes_of_them(
    first: Assessment, second: Assessment, third: Assessment
) -> None:
    assessments = {"first": first, "second": second, "third": third}
    told = {
        frozenset(
            (item.matter, item.outcome, item.obstacles) for item in decide(_bundle(*order), assessments)
        )
        for order in permutations((FIRST, SECOND, THIRD))
    }
    assert len(told) == 1


def test_matters_that_wait_for_one_another_are_refused_and_named() -> None:
    loop = BundleMember("first", (ResultNeed("license", "third", "b"),))
    with pytest.raises(ValueError, match="first, second, third"):
        in_order((loop, SECOND, THIRD))
    assert [member.matter for member in in_order((THIRD, SECOND, FIRST))] == ["first", "second", "third"]
