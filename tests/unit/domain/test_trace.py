"""A trace backwards: who acted, who waited how long, and the basis of each way that was gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.case import EventKind
from license_service.domain.trace import TracedEvent, TraceStep, trace

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
_CATALOGUE = load_catalogue(Path(__file__).resolve().parents[3] / "catalogue")
MATTER = next(m for m in _CATALOGUE.matters if m.code == "food-business-license-new")


def _ground(code: str, report: str | None = None, *reasons: str) -> dict[str, Any]:
    return {"code": code, "report": report, "reasons": list(reasons)}


def _event(seq: int, kind: str, hours: int, **data: Any) -> TracedEvent:
    return TracedEvent(f"e{seq}", seq, kind, NOW + timedelta(hours=hours), data)


EVENTS = [
    _event(
        1, "case.assessed", 0,
        grounds={
            "business-license": _ground("EXEMPT_BY_LICENSE", "r1"),
            "premises-safety-statement": _ground("COMMITTED"),
            "health-certificate": _ground("DEFERRED"),
            "floor-plan": _ground("SUBMITTED"),
        },
    ),
    _event(2, "commitment.checked", 3, obligation="c.premises-safety-statement", result="kept", state="kept"),
    _event(
        3, "supplement.received", 27,
        obligation="c.health-certificate", material="health-certificate",
        outcome="exempt", reasons=[], report="r2",
    ),
    _event(4, "clock.suspended", 28, procedure="on-site-inspection", basis="第四十五条"),
    _event(5, "case.closed", 30, state="complete"),
]  # fmt: skip


def _steps(events: list[TracedEvent] = EVENTS) -> list[TraceStep]:
    return list(trace(events, MATTER))


def test_the_last_step_is_told_first_with_who_acted_and_how_long_the_one_before_lasted() -> None:
    assert [(step.event.seq, step.actor, step.waited_seconds) for step in _steps()] == [
        (5, "service", 7200),
        (4, "authority", 3600),
        (3, "applicant", 24 * 3600),
        (2, "service", 3 * 3600),
        (1, "applicant", None),
    ]


def test_every_material_names_the_rule_it_was_decided_by_and_the_report() -> None:
    _, suspended, supplied, checked, assessed = _steps()
    found = {ground.material: (ground.basis, ground.report) for ground in assessed.grounds}

    def rule(code: str) -> Any:
        return MATTER.material(code)

    assert found == {
        "business-license": (rule("business-license").by_license.basis, "r1"),
        "premises-safety-statement": (rule("premises-safety-statement").by_commitment.basis, None),
        "health-certificate": (rule("health-certificate").by_deferral.basis, None),
        "floor-plan": (rule("floor-plan").basis, None),
    }
    assert [ground.basis for ground in checked.grounds] == [
        rule("premises-safety-statement").by_commitment.basis
    ]
    assert ([g.basis for g in supplied.grounds], supplied.reports()) == (
        [rule("health-certificate").by_deferral.basis], ("r2",),
    )  # fmt: skip
    assert (suspended.basis, assessed.basis) == ("第四十五条", MATTER.basis)
    assert assessed.reports() == ("r1",)


@given(st.permutations(EVENTS))
def test_the_order_in_which_events_are_read_changes_nothing(events: list[TracedEvent]) -> None:
    assert _steps(events) == _steps()


@pytest.mark.parametrize("seen", range(len(EVENTS) + 1))
def test_what_was_seen_earlier_is_the_end_of_what_is_seen_later(seen: int) -> None:
    assert _steps(EVENTS[:seen]) == _steps()[len(EVENTS) - seen :]


def test_a_lost_rule_and_an_event_of_a_later_version_are_told_as_such() -> None:
    (step,) = trace([replace(EVENTS[1], kind="something.new")], None)
    assert (step.actor, step.basis, step.grounds[0].basis) == ("unknown", "", "")
    assert trace([], MATTER) == ()


def test_every_kind_of_event_of_a_case_has_an_actor() -> None:
    kinds = set(EventKind) - {EventKind.VERIFICATION_COMPLETED}
    untold = {kind for kind in kinds if trace([_event(1, kind, 0)], MATTER)[0].actor == "unknown"}
    assert untold == set()
