"""The guide of a bundle is its rules: whatever member of it or of a matter changes, JSON and page change."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from license_service.adapters.guide_html import render_bundle_guide
from license_service.clock import FixedClock
from license_service.domain.bundle import Bundle, BundleMember, BundleWait, ResultNeed
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import Catalogue, Matter
from license_service.services.caller import Caller, Scope
from license_service.services.catalogue.bundle_sheet import bundle_sheet
from license_service.services.catalogue.bundles import BundleService, bundle_guide
from tests.unit.catalogue.test_guide import CATALOGUE, MATERIAL, MATTER, ODD, mutations

FIRST = replace(
    MATTER, code="first", name_zh="先办的事项", materials=(replace(MATERIAL, code="own"), MATERIAL)
)
BUNDLE = Bundle(
    "bundle-code", "5", "一件事名", "Bundle", date(2026, 1, 2), date(2027, 3, 4), "一件事依据",
    (
        BundleMember("first"),
        BundleMember("matter-code", (ResultNeed("material-code", "first", "转入依据"),)),
    ),
    BundleWait(Period(9, Unit.WORKING_DAYS), "等待依据"),
)  # fmt: skip
CALLER = Caller("tenant", "key", frozenset({Scope.MATTERS_READ}))
# Its members without one are another bundle with other matters; of needs there may be none to leave out.
OF_BUNDLE = {
    path: changed for path, changed in mutations(BUNDLE) if path != ".members[]" and changed != BUNDLE
}
OF_MATTERS = {
    f"{matter.code}{path}": tuple(changed if other is matter else other for other in (FIRST, MATTER))
    for matter in (FIRST, MATTER)
    for path, changed in mutations(matter)
    if not path.endswith(ODD)
}


def _page(bundle: Bundle, *matters: Matter) -> str:
    return render_bundle_guide(bundle_sheet(bundle, matters, "sha256:0"))


def test_the_walk_visits_every_member_of_a_bundle() -> None:
    names = {
        field.name
        for rule in (Bundle, BundleMember, BundleWait, ResultNeed, Period)
        for field in fields(rule)
    }
    visited = {part.split("[")[0] for path in OF_BUNDLE for part in path.split(".")}
    assert names - visited == set()


@pytest.mark.parametrize("path", sorted(OF_BUNDLE))
def test_no_member_of_a_bundle_can_change_without_its_guide(path: str) -> None:
    changed = OF_BUNDLE[path]
    assert bundle_guide(changed, (FIRST, MATTER)) != bundle_guide(BUNDLE, (FIRST, MATTER))
    assert _page(changed, FIRST, MATTER) != _page(BUNDLE, FIRST, MATTER)


@pytest.mark.parametrize("path", sorted(OF_MATTERS))
def test_no_member_of_a_matter_can_change_without_the_guide_of_its_bundle(path: str) -> None:
    changed = OF_MATTERS[path]
    assert bundle_guide(BUNDLE, changed) != bundle_guide(BUNDLE, (FIRST, MATTER))
    assert _page(BUNDLE, *changed) != _page(BUNDLE, FIRST, MATTER)


@pytest.mark.parametrize("bundle", CATALOGUE.bundles, ids=lambda bundle: bundle.code)
def test_the_page_of_every_bundle_says_each_material_once_and_each_basis(bundle: Bundle) -> None:
    matters = CATALOGUE.matters_of(bundle, date(2026, 6, 1))
    page, told = _page(bundle, *matters), bundle_guide(bundle, matters)
    materials = [material for matter in matters for material in matter.materials]
    assert page.count("<h3>") == len({material.code for material in materials}) + len(matters)
    assert len(told["materials"]) == len({material.code for material in materials})
    assert page.count("<h4>用于：") == len(materials)
    assert all(material.basis in page for material in materials)
    assert all(need.basis in page for member in bundle.members for need in member.needs)


def test_the_page_escapes_what_it_shows_and_loads_nothing() -> None:
    page = _page(replace(BUNDLE, name_zh="<script>alert(1)</script>"), FIRST, MATTER)
    assert "<script" not in page
    assert "src=" not in page
    assert "default-src &#39;none&#39;" in page


@pytest.mark.parametrize("proxy", [True, False])
def test_page_and_json_are_drawn_from_the_same_entries(proxy: bool) -> None:
    assert MATERIAL.by_commitment is not None
    route = replace(MATERIAL.by_commitment, proxy_allowed=proxy)
    matters = tuple(
        replace(matter, materials=(replace(MATERIAL, by_commitment=route),)) for matter in (FIRST, MATTER)
    )
    catalogue = Catalogue(matters, "sha256:0", bundles=(BUNDLE,))
    service = BundleService(catalogue, FixedClock(datetime(2026, 6, 1, tzinfo=UTC)), render_bundle_guide)
    told: dict[str, Any] = service.get(CALLER, BUNDLE.code)
    (material,) = told["materials"]
    assert [rule["by_commitment"]["proxy_allowed"] for rule in material["used_by"]] == [proxy, proxy]
    shown = service.html(CALLER, BUNDLE.code)
    assert shown == _page(BUNDLE, *matters)
    assert shown.count("不得代为承诺") == (0 if proxy else len(matters))
