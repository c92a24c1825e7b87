"""Retention: which class a dossier is of, until when it is kept, and when a case is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from license_service.adapters.retention_file import load_retention
from license_service.domain.case import Case, CaseState
from license_service.domain.deadlines import Period, Unit
from license_service.domain.decision_clock import DecisionClock
from license_service.domain.retention import DossierKind, RetentionClass, RetentionPolicy, is_over
from license_service.errors import ConfigurationError

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_FILE = Path(__file__).parents[3] / "policy" / "retention.toml"
_OPEN = {CaseState.MANUAL_REVIEW, CaseState.ACCEPTED_WITH_OBLIGATIONS}


@pytest.mark.parametrize("state", CaseState)
def test_a_case_is_over_when_nothing_more_is_to_come(state: CaseState) -> None:
    case = Case("c1", "matter", "2026-1", state, (), (), _NOW)
    assert is_over(case) is (state not in _OPEN)


def test_a_complete_case_that_awaits_its_decision_is_not_over() -> None:
    clock = DecisionClock(_NOW, Period(20, Unit.WORKING_DAYS))
    assert not is_over(Case("c1", "matter", "2026-1", CaseState.COMPLETE, (), (), _NOW, clock))
    assert is_over(Case("c1", "matter", "2026-1", CaseState.GRANTED, (), (), _NOW, clock))


def test_a_class_of_the_matter_goes_before_that_of_the_kind() -> None:
    usual = RetentionClass("usual", DossierKind.CASE, 10, "rule")
    other = RetentionClass("other", DossierKind.CASE, 5, "rule", frozenset({"m"}))
    others = (RetentionClass(kind, kind, 1, "rule") for kind in DossierKind if kind != "case")
    policy = RetentionPolicy((usual, other, *others))
    assert policy.class_of(DossierKind.CASE, "m") is other
    assert policy.class_of(DossierKind.CASE, "n") is usual
    assert other.kept_until(_NOW) == _NOW + timedelta(days=5)
    assert policy.shortest(_NOW)[DossierKind.CASE] == _NOW - timedelta(days=5)


def test_the_policy_of_the_repository_has_a_class_and_a_basis_for_every_kind() -> None:
    policy = load_retention(_FILE)
    assert all(policy.class_of(kind).basis for kind in DossierKind)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        *(("days = 3650", "days = -1"), ("days = 3650", 'days = "10"'), ("days = 3650", "dais = 1")),
        *(("days = 3650\n", ""), ('kind = "case"', 'kind = "person"'), ('kind = "case"', 'kind = "batch"')),
        *(('name = "case"', 'name = "batch"'), ("[[class]]", "[class]")),
        ('kind = "case"', 'kind = "case"\nmatters = ["m"]'),
    ],
)
def test_a_policy_that_leaves_something_open_stops_the_start(tmp_path: Path, was: str, becomes: str) -> None:
    text = _FILE.read_text()
    assert was in text
    path = tmp_path / "retention.toml"
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(ConfigurationError):
        load_retention(path)
