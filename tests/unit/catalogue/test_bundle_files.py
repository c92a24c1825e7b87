"""Bundles in a catalogue: what is refused, and on which line; what a change of one means."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.bundle import Bundle, BundleWait
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import Catalogue
from license_service.domain.matter_diff import Direction, diff
from license_service.errors import ConfigurationError

CATALOGUE = Path(__file__).resolve().parents[3] / "catalogue"
BUNDLE = "bundles/open-a-restaurant.yaml"
DAY = date(2026, 6, 1)
_CIRCLE = """matter: company-setup
    needs: [{material: id-card, result_of: food-business-license-new, basis: b}]
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def _line(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_every_bundle_of_the_repository_is_in_effect_with_its_matters() -> None:
    catalogue = load_catalogue(CATALOGUE)
    assert len(catalogue.bundles_in_effect(DAY)) == len(catalogue.bundles) >= 2
    for bundle in catalogue.bundles:
        assert len(catalogue.matters_of(bundle, DAY)) == len(bundle.members)
        assert catalogue.bundle_version(bundle.code, bundle.version) == bundle
    assert catalogue.find_bundle("newborn", date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("matter: company-setup", "matter: company-set-up", "matter: company-set-up"),
        ("  - matter: company-setup\n", "", "result_of: company-setup"),
        ("material: business-license", "material: no-such-thing", "material: no-such-thing"),
        ("matter: company-setup", "matter: small-restaurant-license", "matters:"),
        ("result_of: company-setup", "result_of: food-business-license-new", "result_of: food"),
        (
            "matter: company-setup\n",
            _CIRCLE,
            "matters:",
        ),
        ("code: open-a-restaurant", "code: open-a-restaurant\nextra: 1", "extra: 1"),
        ("within: {working_days: 60}", "within: {working_days: 0}", "within:"),
        ("effective_until: null", "effective_until: 2025-01-01", "# 开餐馆"),
    ],
)
def test_a_bundle_that_cannot_hold_is_told_by_file_and_line(
    copied: Path, old: str, new: str, at: str
) -> None:
    path = copied / BUNDLE
    text = path.read_text().replace(old, new, 1)
    assert text != path.read_text()
    path.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        load_catalogue(copied)
    lines = {int(problem.split(":")[1]) for problem in refused.value.detail.splitlines()}
    assert _line(text, at) in lines or (at.startswith("#") and lines == {2})
    assert all(problem.startswith(BUNDLE) for problem in refused.value.detail.splitlines())


def test_two_versions_of_a_bundle_in_effect_on_one_day_are_refused(copied: Path) -> None:
    text = (copied / BUNDLE).read_text()
    second = copied / "bundles" / "second.yaml"
    second.write_text(text.replace('version: "2026-1"', 'version: "2026-2"'))
    with pytest.raises(ConfigurationError):
        load_catalogue(copied)
    later = text.replace('version: "2026-1"', 'version: "2027-1"').replace(
        "effective_from: 2026-01-01", "effective_from: 2027-01-01"
    )
    second.write_text(later)
    (copied / BUNDLE).write_text(text.replace("effective_until: null", "effective_until: 2026-12-31"))
    catalogue = load_catalogue(copied)
    found = [catalogue.find_bundle("open-a-restaurant", date(year, 6, 1)) for year in (2026, 2027)]
    assert [bundle.version for bundle in found if bundle] == ["2026-1", "2027-1"]


def test_a_later_version_of_a_matter_must_fit_the_bundle_too(copied: Path) -> None:
    path = copied / "matters" / "social-security-enrollment.yaml"
    text = path.read_text()
    path.write_text(text.replace("effective_until: null", "effective_until: 2026-12-31", 1))
    later = text.replace("effective_from: 2026-01-01", "effective_from: 2027-01-01")
    later = later.replace('version: "2026-1"', 'version: "2027-1"', 1)
    second = copied / "matters" / "social-security-later.yaml"
    second.write_text(later)
    load_catalogue(copied)
    for old, new in (
        ("code: business-license", "code: license"),
        ("holder: applicant", "holder: legal_person"),
    ):
        second.write_text(later.replace(old, new))
        with pytest.raises(ConfigurationError):
            load_catalogue(copied)


def test_a_bundle_is_not_in_effect_without_all_its_matters(copied: Path) -> None:
    path = copied / "matters" / "company-setup.yaml"
    path.write_text(path.read_text().replace("effective_until: null", "effective_until: 2026-03-31", 1))
    catalogue = load_catalogue(copied)
    assert catalogue.find_bundle("open-a-restaurant", date(2026, 3, 31)) is not None
    assert catalogue.find_bundle("open-a-restaurant", date(2026, 4, 1)) is None


def test_a_bundle_is_part_of_what_is_released(copied: Path) -> None:
    before = load_catalogue(copied).digest
    path = copied / BUNDLE
    path.write_text(path.read_text() + "# changed\n")
    assert load_catalogue(copied).digest != before


def test_what_becomes_of_a_bundle_is_told_by_the_diff() -> None:
    catalogue = load_catalogue(CATALOGUE)
    bundle = next(item for item in catalogue.bundles if item.code == "open-a-restaurant")

    def told(old: tuple[Bundle, ...], new: tuple[Bundle, ...]) -> list[tuple[str, Direction]]:
        changes = diff(_with(catalogue, old), _with(catalogue, new))
        return [(change.member, change.direction) for change in changes]

    fewer, renamed = replace(bundle, members=bundle.members[:2]), replace(bundle, name_zh="别的")
    assert told((), (bundle,)) == [("bundle", Direction.LOOSER)]
    assert told((bundle,), ()) == [("bundle", Direction.STRICTER)]
    assert told((bundle,), (fewer,)) == [("members", Direction.STRICTER)]
    assert told((fewer,), (bundle,)) == [("members", Direction.LOOSER)]
    assert told((bundle,), (renamed,)) == [("name_zh", Direction.CHANGED)]
    assert told((bundle,), (bundle,)) == []


def _with(catalogue: Catalogue, bundles: tuple[Bundle, ...]) -> Catalogue:
    return replace(catalogue, bundles=bundles)


@pytest.mark.parametrize(
    ("before", "after", "member", "direction"),
    [
        (None, 60, "wait", Direction.STRICTER),
        (60, None, "wait", Direction.LOOSER),
        (60, 90, "wait.within", Direction.LOOSER),
        (60, 30, "wait.within", Direction.STRICTER),
    ],
)
def test_a_longer_wait_is_looser_and_one_that_has_an_end_is_stricter(
    before: int | None, after: int | None, member: str, direction: Direction
) -> None:
    catalogue = load_catalogue(CATALOGUE)
    bundle = catalogue.bundles[0]

    def waiting(days: int | None) -> Catalogue:
        wait = BundleWait(Period(days, Unit.WORKING_DAYS), "b") if days else None
        return replace(catalogue, bundles=(replace(bundle, wait=wait),))

    (change,) = diff(waiting(before), waiting(after))
    assert (change.member, change.direction) == (member, direction)
