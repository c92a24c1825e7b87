"""What each event says of waiting and failing, beside the events that say nothing of either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.blockage import Dimension, Line, Tally, facts
from license_service.domain.trace import TracedEvent

NOW = datetime(2026, 2, 28, 17, tzinfo=UTC)  # the first of March in Shanghai
_CATALOGUE = load_catalogue(Path(__file__).resolve().parents[3] / "catalogue")
FOOD, SOCIAL = (
    next(m for m in _CATALOGUE.matters if m.code == code)
    for code in ("food-business-license-new", "social-security-enrollment")
)


def _opened(matter: str = FOOD.code, **data: Any) -> TracedEvent:
    usual: dict[str, Any] = {"not_eligible": [], "materials": {}, "obligations": [], "grounds": {}}
    return TracedEvent(
        "e1", 1, "case.assessed", NOW, {"matter": matter, "matter_version": "2026-1", **usual, **data}
    )


def _later(kind: str, **data: Any) -> TracedEvent:
    return TracedEvent("e2", 2, kind, NOW + timedelta(hours=2), data)


def _told(event: TracedEvent, matter: Any = FOOD) -> list[tuple[Any, ...]]:
    found = facts(event, _opened(), matter)
    return [(f.material, f.reasons, f.source, f.failed, f.waited_seconds) for f in found]


SAFETY, HEALTH = "c.premises-safety-statement", "c.health-certificate"
REFUSED = _later("supplement.refused", obligation=HEALTH, material="health-certificate", reasons=["A", "B"])


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            _later("commitment.checked", obligation=SAFETY, result="kept", state="kept"),
            [("premises-safety-statement", ("",), "fire-safety-register", False, 7200)],
        ),
        (
            _later("commitment.checked", obligation=SAFETY, result="broken", state="broken"),
            [("premises-safety-statement", ("COMMITMENT_BROKEN",), "fire-safety-register", True, 7200)],
        ),
        (_later("commitment.checked", obligation=SAFETY, result="broken", state="open"), []),
        (
            _later("commitment.overdue", obligation=SAFETY),
            [("premises-safety-statement", ("CHECK_OVERDUE",), "fire-safety-register", True, 7200)],
        ),
        (
            _later("supplement.received", obligation=HEALTH, material="health-certificate", reasons=[]),
            [("health-certificate", ("",), "", False, 7200)],
        ),
        (
            REFUSED,
            [("health-certificate", ("A", "B"), "", True, None)],
        ),
        (
            _later("supplement.expired", obligation=HEALTH, material="health-certificate"),
            [("health-certificate", ("SUPPLEMENT_EXPIRED",), "", True, 7200)],
        ),
        (
            _later("follow_up.dead", code="SOURCE_UNDETERMINED"),
            [("", ("SOURCE_UNDETERMINED",), "", True, None)],
        ),
        (_later("supplement.reminded", obligation=HEALTH), []),
        (_later("case.closed", state="complete"), []),
    ],
)
def test_an_event_counts_as_a_failure_an_end_of_waiting_or_nothing(
    event: TracedEvent, told: list[tuple[Any, ...]]
) -> None:
    assert _told(event) == told


def test_an_acceptance_tells_what_was_wrong_and_what_began() -> None:
    grounds: dict[str, Any] = {"floor-plan": {"code": "MATERIAL_MISSING", "report": None, "reasons": []}}
    assessed = _opened(
        materials={"floor-plan": "missing", "business-license": "exempt"},
        grounds=grounds,
        obligations=[{"material": "premises-safety-statement"}],
    )
    missing, begun = facts(assessed, assessed, FOOD)
    assert (missing.material, missing.reasons, missing.failed) == ("floor-plan", ("MATERIAL_MISSING",), True)
    assert (begun.material, begun.source, begun.begun) == (
        "premises-safety-statement", "fire-safety-register", True,
    )  # fmt: skip
    assert (missing.month, missing.matter) == ("2026-03", FOOD.code)
    (barred,) = facts(_opened(not_eligible=["adult"]), assessed, FOOD)
    assert (barred.reasons, barred.failed) == (("NOT_ELIGIBLE",), True)


def test_a_source_that_contradicts_is_named_and_a_check_without_a_source_by_its_method() -> None:
    ground = {"code": "MATERIAL_MISSING", "report": None, "reasons": ["DATA_CONTRADICTS"]}
    assessed = _opened(
        SOCIAL.code, materials={"business-license": "missing"}, grounds={"business-license": ground}
    )
    assert [fact.source for fact in facts(assessed, assessed, SOCIAL)] == ["market-register"]
    overdue = _later("commitment.overdue", obligation="c.bank-account")
    assert [fact.source for fact in facts(overdue, assessed, SOCIAL)] == ["department"]


def test_events_of_earlier_versions_and_lost_rules_are_counted_without_reason_or_source() -> None:
    assessed = _opened(materials={"floor-plan": "missing"})
    assert [(f.reasons, f.source) for f in facts(assessed, assessed, None)] == [(("",), "")]


def test_a_failure_with_two_reasons_counts_once_unless_one_asks_by_reason() -> None:
    by_matter, by_reason = Tally((Dimension.MATTER,)), Tally((Dimension.MATTER, Dimension.REASON))
    for tally in (by_matter, by_reason):
        tally.add(REFUSED, _opened(), FOOD)
    assert by_matter.worst(10) == [((FOOD.code,), Line(failed=1))]
    assert by_reason.worst(10) == [((FOOD.code, reason), Line(failed=1)) for reason in ("A", "B")]
    assert by_reason.worst(1) == by_reason.worst(10)[:1]


_EVENTS = [
    _later("commitment.checked", obligation=SAFETY, result="kept", state="kept"),
    _later("supplement.refused", obligation=HEALTH, material="health-certificate", reasons=["A"]),
    _later("follow_up.dead", code="SOURCE_UNDETERMINED"),
    _opened(materials={"floor-plan": "missing"}),
]


@given(st.permutations(_EVENTS * 2))
def test_the_order_of_events_changes_no_count(events: list[TracedEvent]) -> None:
    def counted(items: list[TracedEvent]) -> Any:
        tally = Tally(tuple(Dimension))
        for item in items:
            tally.add(item, _opened(), FOOD)
        return tally.worst(100), tally.outcomes, tally.cases

    assert counted(events) == counted(_EVENTS * 2)
