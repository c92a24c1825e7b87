"""The rule for ratings and complaints in a catalogue: what is refused, and what a change of it means."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.matter_diff import Direction, diff
from license_service.errors import ConfigurationError

CATALOGUE = Path(__file__).resolve().parents[3] / "catalogue"
RULE = "feedback/county.yaml"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def test_the_rule_in_effect_is_found_by_its_day() -> None:
    catalogue = load_catalogue(CATALOGUE)
    rule = catalogue.feedback_rule(date(2026, 6, 1))
    assert rule is not None
    assert (rule.bad_at_most, rule.bad_rating.within.count, rule.complaint.within.count) == (2, 15, 5)
    assert catalogue.feedback_rule(date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at_most: 2", "at_most: 5"),
        ("code: other", "code: attitude"),
        ("within: {working_days: 5}", "within: {working_days: 5, months: 1}"),
        ("complaint:", "complaints:"),
        ("effective_until: null", "effective_until: 2025-06-01"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_by_file_and_line(copied: Path, old: str, new: str) -> None:
    path = copied / RULE
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refused:
        load_catalogue(copied)
    assert all(line.startswith(f"{RULE}:") for line in refused.value.detail.splitlines())


def test_two_rules_in_effect_on_one_day_are_refused(copied: Path) -> None:
    text = (copied / RULE).read_text()
    (copied / "feedback" / "second.yaml").write_text(text.replace('version: "2026-1"', 'version: "2026-2"'))
    with pytest.raises(ConfigurationError):
        load_catalogue(copied)


def test_a_change_of_the_rule_is_told_by_the_diff() -> None:
    catalogue = load_catalogue(CATALOGUE)
    (rule,) = catalogue.feedback
    within = replace(rule.complaint, within=rule.bad_rating.within)
    changed = replace(catalogue, feedback=(replace(rule, complaint=within),))
    (change,) = diff(catalogue, changed)
    assert (change.member, change.direction, change.after) == (
        "complaint.within", Direction.CHANGED, "15 working_days",
    )  # fmt: skip
