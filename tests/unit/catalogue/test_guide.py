"""The guide is the rule: whatever member of a matter changes, the JSON and the page change with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.guide_html import render_guide
from license_service.clock import FixedClock
from license_service.demo.people import COMPANY
from license_service.domain.application import Application, Person
from license_service.domain.assessment import assess
from license_service.domain.conditions import AllOf, AnyOf, FieldTest, Not, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    ApplicationField,
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
    FieldKind,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    OnBroken,
    Remedy,
    RequiredField,
    SpecialProcedure,
    Subject,
    TimeLimit,
)
from license_service.domain.standing import Standing, StandingMark
from license_service.services.catalogue import guide_sheet as sheets
from license_service.services.catalogue.guide import guide
from license_service.services.catalogue.matters import MatterService

CATALOGUE = load_catalogue(Path(__file__).resolve().parents[3] / "catalogue")
CONDITION = AllOf(
    (
        FieldTest("area", Operator.AT_LEAST, (3,)),
        AnyOf((Not(FieldTest("kind", Operator.IN, ("x", "y"))), FieldTest("kind", Operator.EXISTS))),
        FieldTest("flag", Operator.EQUALS, (True,)),
    )
)
NOTICE = Notice("notice", "7", "告知内容", "What is told", "告知依据")
MATERIAL = Material(
    "material-code", "材料名", "Material", False, "材料依据",  # noqa: FBT003
    LicenseRoute(
        ("T1", "T2"), HolderRole.LEGAL_PERSON, "证照依据", ("11*",), ("43",), 15,
        (RequiredField("KZ", ("v", "w")),),
    ),
    CommitmentRoute(
        NOTICE,
        CheckPlan(
            CheckMethod.DATA_SOURCE, Period(60, Unit.WORKING_DAYS), "source", "why", CheckStart.DECISION
        ),
        "承诺依据",
        (StandingMark.EXPIRED_DEBT,),
        True,  # noqa: FBT003
        OnBroken(
            Period(7, Unit.WORKING_DAYS),
            (Consequence(Remedy.RECTIFY, False, "后果依据", Period(8, Unit.CALENDAR_DAYS)),),  # noqa: FBT003
        ),
    ),
    DeferralRoute(
        Period(9, Unit.CALENDAR_DAYS), (3, 1), AtExpiry.REFUSED, "容缺依据", Period(2, Unit.MONTHS),
        (StandingMark.SERIOUS_DISHONESTY,),
    ),
    True,  # noqa: FBT003
    DataRoute("register", ("applicant.id",), "共享依据"),
    CONDITION,
)  # fmt: skip
MATTER = Matter(
    "matter-code", "9", "事项名", "Matter", date(2026, 1, 2), date(2027, 3, 4), "事项依据", (MATERIAL,),
    (Subject.PERSON,), "实施主体", "办理结果",
    TimeLimit(
        Period(20, Unit.WORKING_DAYS), Period(8, Unit.WORKING_DAYS), Period(11, Unit.WORKING_DAYS), "时限依据"
    ),
    (SpecialProcedure("hearing", "听证", "Hearing", "听证依据"),),
    (ApplicationField("area", FieldKind.NUMBER, "面积", "Area"),),
    (EligibilityRule("adult", CONDITION, "成年", "Adult", "资格依据"),),
    (CreditRule(StandingMark.EXPIRED_DEBT, CreditScope.MATTER, Period(6, Unit.MONTHS), "信用依据"),),
)  # fmt: skip


def mutations(value: Any) -> Iterator[tuple[str, Any]]:
    """Return every copy of a value that differs in one leaf, with the path of the leaf.

    It walks the classes themselves, so a member added to any of them is walked the day it is added.
    """
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            for path, changed in mutations(item):
                yield f"[{index}]{path}", (*value[:index], changed, *value[index + 1 :])
        yield "[]", value[:-1]
    elif is_dataclass(value):
        for field in fields(value):
            for path, changed in mutations(getattr(value, field.name)):
                yield f".{field.name}{path}", replace(value, **{field.name: changed})  # type: ignore[type-var] # any
    else:
        yield "", _other(value)


def _other(leaf: Any) -> Any:
    match leaf:
        case Enum():
            return next(member for member in type(leaf) if member is not leaf)
        case bool():
            return not leaf
        case int():
            return leaf + 1
        case str():
            return leaf + "x"
        case date():
            return leaf + timedelta(days=1)
    raise AssertionError(f"the walk does not know {type(leaf)}: {leaf!r}")


MUTATIONS = dict(mutations(MATTER))


def _page(matter: Matter) -> str:
    return render_guide(sheets.guide_sheet(matter, "sha256:0"))


def test_the_walk_visits_every_member_of_every_rule() -> None:
    rules = (
        Matter, Material, LicenseRoute, RequiredField, DataRoute, CommitmentRoute, Notice, CheckPlan,
        OnBroken, Consequence, CreditRule, DeferralRoute, TimeLimit, SpecialProcedure,
        ApplicationField, EligibilityRule, Period,
        FieldTest, Not, AllOf, AnyOf,
    )  # fmt: skip
    names = {name for rule in rules for name in (field.name for field in fields(rule))}
    visited = {part.split("[")[0] for path in MUTATIONS for part in path.split(".")}
    assert names - visited == set()
    assert len(MUTATIONS) > 90


# An operator changes with its values: one that asks for none shows none.
ODD = (".values[]", ".operator")


@pytest.mark.parametrize("path", [path for path in sorted(MUTATIONS) if not path.endswith(ODD)])
def test_no_member_can_change_without_the_guide(path: str) -> None:
    changed = MUTATIONS[path]
    assert guide(changed) != guide(MATTER)
    assert _page(changed) != _page(MATTER)


def test_no_operator_can_change_without_the_guide() -> None:
    shown = []
    for operator in Operator:
        condition = FieldTest("area", operator, () if operator is Operator.EXISTS else (3,))
        matter = replace(MATTER, materials=(replace(MATERIAL, needed_when=condition),))
        shown.append((str(guide(matter)), _page(matter)))
    assert len({json for json, _ in shown}) == len({page for _, page in shown}) == len(Operator)


@pytest.mark.parametrize("name", ["by_license", "by_data", "by_commitment", "by_deferral", "needed_when"])
def test_a_way_that_is_not_there_is_not_shown(name: str) -> None:
    nothing: dict[str, Any] = {name: None}
    without = replace(MATTER, materials=(replace(MATERIAL, **nothing),))
    assert name in guide(MATTER)["materials"][0]
    assert name not in guide(without)["materials"][0]
    assert len(_page(without)) < len(_page(MATTER))


@pytest.mark.parametrize(
    ("names", "enum"),
    [
        (sheets.UNITS, Unit), (sheets.SUBJECTS, Subject), (sheets.HOLDERS, HolderRole),
        (sheets.EXPIRIES, AtExpiry), (sheets.METHODS, CheckMethod), (sheets.KINDS, FieldKind),
        (sheets.MARKS, StandingMark), (sheets.STARTS, CheckStart), (sheets.REMEDIES, Remedy),
        (sheets.SCOPES, CreditScope),
    ],
)  # fmt: skip
def test_every_word_of_a_rule_has_a_name_of_its_own(names: dict[Enum, str], enum: type[Enum]) -> None:
    assert set(names) == set(enum)
    assert len(set(names.values())) == len(names)


def test_the_page_escapes_what_it_shows_and_loads_nothing() -> None:
    page = _page(replace(MATTER, name_zh="<script>alert(1)</script>"))
    assert "<script" not in page
    assert "src=" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


@pytest.mark.parametrize("matter", CATALOGUE.matters, ids=lambda matter: matter.code)
def test_every_guide_of_the_repository_is_drawn_and_says_each_basis(matter: Matter) -> None:
    page = _page(matter)
    assert all(material.basis in page for material in matter.materials)
    assert matter.basis in page


def test_the_guide_is_drawn_from_the_object_that_decides() -> None:
    clock = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
    for primary in (False, True):
        matter = replace(
            MATTER, materials=(replace(MATERIAL, primary=primary, needed_when=None),), eligibility=()
        )
        service = MatterService(Catalogue((matter,), "sha256:0"), clock, render_guide)
        application = Application(matter.code, Person(COMPANY.name, COMPANY.id), None, (), (), (), ())
        (finding,) = assess(
            matter, application, Standing(may_commit=True, may_defer=True), date(2026, 6, 1)
        ).findings
        told = service.get(matter.code)["materials"][0]
        assert told["primary"] is primary
        assert ("deferral" in finding.alternatives) is not told["primary"]
