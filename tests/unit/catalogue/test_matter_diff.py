"""What a change means for whoever applies: every pair of rules, one way and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.conditions import FieldTest, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    Catalogue,
    CheckMethod,
    CheckPlan,
    CheckStart,
    CommitmentRoute,
    Consequence,
    CreditRule,
    CreditScope,
    DataRoute,
    DeferralRoute,
    EligibilityRule,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    OnBroken,
    Remedy,
    RequiredField,
    Subject,
)
from license_service.domain.matter_diff import Direction, diff
from license_service.domain.standing import StandingMark

END = Consequence(Remedy.TERMINATE, credit_record=True, basis="b")
BROKEN = OnBroken(Period(5, Unit.WORKING_DAYS), (END,))
ADULT = FieldTest("age", Operator.AT_LEAST, (18,))
MATERIAL = Material(
    "m", "材料", "Material", False, "b",  # noqa: FBT003
    LicenseRoute(("A", "B"), HolderRole.APPLICANT, "b", ("11*", "12*"), ("43",), 10, ()),
    CommitmentRoute(
        Notice("n", "1", "告知", "Notice", "b"), CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), "b",
        on_broken=BROKEN,
    ),
    DeferralRoute(Period(5, Unit.WORKING_DAYS), (1,), AtExpiry.REFUSED, "b"),
    True,  # noqa: FBT003
    DataRoute("register", ("applicant.id",), "b"),
    ADULT,
)  # fmt: skip
MATTER = Matter("x", "1", "事项", "Matter", date(2026, 1, 1), None, "b", (MATERIAL,), (Subject.PERSON,))

STRICTER, LOOSER, CHANGED = Direction.STRICTER, Direction.LOOSER, Direction.CHANGED
OPPOSITE = {STRICTER: LOOSER, LOOSER: STRICTER, CHANGED: CHANGED}


def _catalogue(*matters: Matter) -> Catalogue:
    return Catalogue(matters, "sha256:0")


def _part(name: str, **changes: Any) -> Callable[[Material], Material]:
    return lambda material: replace(material, **{name: replace(getattr(material, name), **changes)})


def _whole(**changes: Any) -> Callable[[Material], Material]:
    return lambda material: replace(material, **changes)


CHANGES: dict[str, tuple[Callable[[Material], Material], Direction]] = {
    "primary": (_whole(primary=True), STRICTER),
    "by_submission": (_whole(by_submission=False), STRICTER),
    "by_license": (_whole(by_license=None), STRICTER),
    "by_data": (_whole(by_data=None), STRICTER),
    "by_commitment": (_whole(by_commitment=None), STRICTER),
    "by_deferral": (_whole(by_deferral=None), STRICTER),
    "needed_when": (_whole(needed_when=None), STRICTER),
    "basis": (_whole(basis="c"), CHANGED),
    "name_zh": (_whole(name_zh="别的"), CHANGED),
    "by_license.type_codes": (_part("by_license", type_codes=("A",)), STRICTER),
    "by_license.holder": (_part("by_license", holder=HolderRole.LEGAL_PERSON), CHANGED),
    "by_license.issuers": (_part("by_license", issuers=("11*",)), STRICTER),
    "by_license.regions": (_part("by_license", regions=()), LOOSER),
    "by_license.min_remaining_days": (_part("by_license", min_remaining_days=30), STRICTER),
    "by_license.required_fields": (
        _part("by_license", required_fields=(RequiredField("K", ("v",)),)), STRICTER,
    ),
    "by_commitment.check.within": (
        _part("by_commitment", check=CheckPlan(CheckMethod.ON_SITE, Period(3, Unit.MONTHS))), CHANGED,
    ),
    "by_commitment.notice.text_zh": (
        _part("by_commitment", notice=Notice("n", "1", "新告知", "Notice", "b")), CHANGED,
    ),
    "by_commitment.not_for": (_part("by_commitment", not_for=(StandingMark.EXPIRED_DEBT,)), STRICTER),
    "by_commitment.proxy_allowed": (_part("by_commitment", proxy_allowed=True), LOOSER),
    "by_commitment.on_broken": (_part("by_commitment", on_broken=None), LOOSER),
    "by_commitment.on_broken.objection": (
        _part("by_commitment", on_broken=replace(BROKEN, objection=Period(9, Unit.WORKING_DAYS))), LOOSER,
    ),
    "by_commitment.on_broken.consequences": (
        _part("by_commitment", on_broken=replace(BROKEN, consequences=(replace(END, basis="c"),))), CHANGED,
    ),
    "by_commitment.check.counted_from": (
        _part("by_commitment", check=CheckPlan(
            CheckMethod.ON_SITE, Period(2, Unit.MONTHS), counted_from=CheckStart.DECISION)), CHANGED,
    ),
    "by_deferral.within": (_part("by_deferral", within=Period(9, Unit.WORKING_DAYS)), LOOSER),
    "by_deferral.extension": (_part("by_deferral", extension=Period(1, Unit.MONTHS)), LOOSER),
    "by_deferral.not_for": (_part("by_deferral", not_for=(StandingMark.EXPIRED_DEBT,)), STRICTER),
    "by_deferral.at_expiry": (_part("by_deferral", at_expiry=AtExpiry.TERMINATED), CHANGED),
    "by_deferral.remind_before": (_part("by_deferral", remind_before=(3, 1)), CHANGED),
}  # fmt: skip


@pytest.mark.parametrize("member", CHANGES)
def test_a_change_means_one_thing_and_its_reverse_the_opposite(member: str) -> None:
    mutate, direction = CHANGES[member]
    old, new = _catalogue(MATTER), _catalogue(replace(MATTER, materials=(mutate(MATERIAL),)))
    (forth,), (back,) = diff(old, new), diff(new, old)
    assert (forth.matter, forth.material, forth.member, forth.direction) == ("x", "m", member, direction)
    assert (back.member, back.direction) == (member, OPPOSITE[direction])
    assert (forth.before, forth.after) == (back.after, back.before)


def test_nothing_changes_where_nothing_changed() -> None:
    assert diff(_catalogue(MATTER), _catalogue(replace(MATTER))) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Period(5, Unit.WORKING_DAYS), Period(9, Unit.CALENDAR_DAYS)),
        (Period(1, Unit.MONTHS), Period(20, Unit.WORKING_DAYS)),
    ],
)
def test_what_cannot_be_compared_is_only_said_to_have_changed(before: Period, after: Period) -> None:
    old, new = (
        _catalogue(replace(MATTER, materials=(_part("by_deferral", within=p)(MATERIAL),)))
        for p in (before, after)
    )
    assert [change.direction for change in diff(old, new)] == [CHANGED]


def test_types_that_are_exchanged_are_neither_stricter_nor_looser() -> None:
    new = _catalogue(replace(MATTER, materials=(_part("by_license", type_codes=("A", "C"))(MATERIAL),)))
    assert [change.direction for change in diff(_catalogue(MATTER), new)] == [CHANGED]


def test_a_promise_that_is_no_longer_checked_is_looser() -> None:
    exempt = _part("by_commitment", check=CheckPlan(CheckMethod.EXEMPT, reason="r"))(MATERIAL)
    changes = diff(_catalogue(MATTER), _catalogue(replace(MATTER, materials=(exempt,))))
    assert {c.member: c.direction for c in changes}["by_commitment.check.method"] is LOOSER


def test_a_material_or_a_matter_that_comes_or_goes_is_told() -> None:
    more = replace(MATTER, materials=(MATERIAL, replace(MATERIAL, code="n")))
    (forth,), (back,) = diff(_catalogue(MATTER), _catalogue(more)), diff(_catalogue(more), _catalogue(MATTER))
    assert (forth.material, forth.member, forth.direction) == ("n", "material", STRICTER)
    assert (back.material, back.direction) == ("n", LOOSER)
    (opened,) = diff(_catalogue(), _catalogue(MATTER))
    assert (opened.matter, opened.member, opened.direction) == ("x", "matter", LOOSER)


def test_rules_of_the_matter_itself_are_compared_too() -> None:
    rule = EligibilityRule("adult", ADULT, "成年", "Adult", "b")
    credit = CreditRule(StandingMark.EXPIRED_DEBT, CreditScope.ALL, Period(6, Unit.MONTHS), "b")
    new = replace(
        MATTER, eligibility=(rule,), subjects=(Subject.PERSON, Subject.ORGANIZATION), credit=(credit,)
    )
    changes = {c.member: c.direction for c in diff(_catalogue(MATTER), _catalogue(new))}
    assert changes == {"eligibility": STRICTER, "subjects": LOOSER, "credit": STRICTER}


def test_a_consequence_is_told_as_one_line() -> None:
    rectify = Consequence(Remedy.RECTIFY, credit_record=False, basis="b", within=Period(9, Unit.WORKING_DAYS))
    mutate = _part("by_commitment", on_broken=replace(BROKEN, consequences=(rectify, END)))
    (change,) = diff(_catalogue(MATTER), _catalogue(replace(MATTER, materials=(mutate(MATERIAL),))))
    assert change.before == "terminate, credit record (b)"
    assert change.after == "rectify 9 working_days (b), terminate, credit record (b)"


def test_the_newest_version_of_each_matter_is_compared() -> None:
    later = replace(
        MATTER, version="2", effective_from=date(2027, 1, 1), materials=(replace(MATERIAL, primary=True),)
    )
    ended = replace(MATTER, effective_until=date(2026, 12, 31))
    changes = {c.member: c.direction for c in diff(_catalogue(MATTER), _catalogue(later, ended))}
    assert changes == {"version": CHANGED, "effective_from": CHANGED, "primary": STRICTER}


def test_a_catalogue_does_not_differ_from_itself() -> None:
    catalogue = load_catalogue(Path(__file__).resolve().parents[3] / "catalogue")
    assert diff(catalogue, catalogue) == ()
