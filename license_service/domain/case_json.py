"""Write a case as JSON for storage and for answers, and read it back.

Members are only ever added, and reading supplies what a case of an earlier version lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.acts import act_from_json, act_to_json
from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import Case, CaseState
from license_service.domain.commitment_record import record_from_json, record_to_json
from license_service.domain.deadlines import Deadline, Explanation, Period, SkippedDay, SkipReason, Unit
from license_service.domain.decision_clock import DecisionClock, Suspension
from license_service.domain.license_rule import Looked
from license_service.domain.obligation import Obligation, ObligationKind, ObligationState


def case_to_json(case: Case) -> dict[str, Any]:
    """Return the wire shape; members are only ever added."""
    return {
        "id": case.id,
        "matter_code": case.matter_code,
        "matter_version": case.matter_version,
        "state": case.state.value,
        "opened_at": format_instant(case.opened_at),
        "materials": [finding_to_json(finding) for finding in case.findings],
        "obligations": [_obligation_to_json(item) for item in case.obligations],
        "decision": _clock_to_json(case.decision) if case.decision else None,
        "decided": act_to_json(case.decided) if case.decided else None,
        "commitments": [record_to_json(item) for item in case.commitments],
    }


def case_from_json(data: Mapping[str, Any]) -> Case:
    """Read the wire shape."""
    clock, decided = data.get("decision"), data.get("decided")
    return Case(
        id=data["id"],
        matter_code=data["matter_code"],
        matter_version=data["matter_version"],
        state=CaseState(data["state"]),
        findings=tuple(_finding(item) for item in data["materials"]),
        obligations=tuple(_obligation(item) for item in data["obligations"]),
        opened_at=parse_instant(data["opened_at"]),
        decision=_clock(clock) if clock else None,
        decided=act_from_json(decided) if decided else None,
        commitments=tuple(record_from_json(item) for item in data.get("commitments", ())),
    )


def finding_to_json(finding: MaterialFinding) -> dict[str, Any]:
    """Return the wire shape of one finding."""
    lists = {
        "reasons": list(finding.reasons),
        "alternatives": list(finding.alternatives),
        "conditions": [{**vars(item)} for item in finding.conditions],
    }
    return {**vars(finding), "outcome": finding.outcome.value, **lists}


def explanation_to_json(explanation: Explanation) -> dict[str, Any]:
    """Return how a deadline was computed."""
    return {
        "start": explanation.start.isoformat(),
        "count": explanation.count,
        "unit": explanation.unit.value,
        "skipped": [
            {"day": item.day.isoformat(), "reason": item.reason.value} for item in explanation.skipped
        ],
        "makeup_days": [day.isoformat() for day in explanation.makeup_days],
        "calendar_digest": explanation.calendar_digest,
    }


def deadline_to_json(deadline: Deadline) -> dict[str, Any]:
    """Return a deadline with how it was computed."""
    return {
        "due_on": deadline.due_on.isoformat(),
        "due_at": format_instant(deadline.due_at),
        "provisional": deadline.provisional,
        "explanation": explanation_to_json(deadline.explanation),
    }


def period_to_json(period: Period) -> dict[str, Any]:
    """Return a length of time as a rule states it."""
    return {"count": period.count, "unit": period.unit.value}


def _obligation_to_json(item: Obligation) -> dict[str, Any]:
    typed = {
        "due_at": format_instant(item.due_at),
        "explanation": explanation_to_json(item.explanation) if item.explanation else None,
        "consequence_at": format_instant(item.consequence_at) if item.consequence_at else None,
        "acts": [act_to_json(act) for act in item.acts],
    }
    return {**vars(item), **typed}


def _clock_to_json(clock: DecisionClock) -> dict[str, Any]:
    return {
        "started_at": format_instant(clock.started_at),
        "limit": period_to_json(clock.limit),
        "suspensions": [
            {
                "procedure": item.procedure,
                "reason": item.reason,
                "since": format_instant(item.since),
                "until": format_instant(item.until) if item.until else None,
                "resumed_because": item.resumed_because,
            }
            for item in clock.suspensions
        ],
        "extension": period_to_json(clock.extension) if clock.extension else None,
        "extension_reason": clock.extension_reason,
    }


def _finding(data: Mapping[str, Any]) -> MaterialFinding:
    return MaterialFinding(
        material=data["material"],
        outcome=MaterialOutcome(data["outcome"]),
        code=data["code"],
        report_id=data["report_id"],
        reasons=tuple(data["reasons"]),
        alternatives=tuple(data["alternatives"]),
        conditions=tuple(Looked(**item) for item in data.get("conditions", ())),
    )


def _obligation(data: Mapping[str, Any]) -> Obligation:
    explanation, consequence_at = data.get("explanation"), data.get("consequence_at")
    typed = {
        "kind": ObligationKind(data["kind"]),
        "state": ObligationState(data["state"]),
        "due_at": parse_instant(data["due_at"]),
        "explanation": _explanation(explanation) if explanation else None,
        "consequence_at": parse_instant(consequence_at) if consequence_at else None,
        "acts": tuple(act_from_json(act) for act in data.get("acts", ())),
    }
    return Obligation(**{**data, **typed})


def _explanation(data: Mapping[str, Any]) -> Explanation:
    return Explanation(
        start=date.fromisoformat(data["start"]),
        count=data["count"],
        unit=Unit(data["unit"]),
        skipped=tuple(
            SkippedDay(date.fromisoformat(item["day"]), SkipReason(item["reason"]))
            for item in data["skipped"]
        ),
        makeup_days=tuple(date.fromisoformat(day) for day in data["makeup_days"]),
        calendar_digest=data["calendar_digest"],
    )


def _clock(data: Mapping[str, Any]) -> DecisionClock:
    return DecisionClock(
        started_at=parse_instant(data["started_at"]),
        limit=_period(data["limit"]),
        suspensions=tuple(
            Suspension(
                item["procedure"],
                item["reason"],
                parse_instant(item["since"]),
                parse_instant(item["until"]) if item["until"] else None,
                item["resumed_because"],
            )
            for item in data["suspensions"]
        ),
        extension=_period(data["extension"]) if data["extension"] else None,
        extension_reason=data["extension_reason"],
    )


def _period(data: Mapping[str, Any]) -> Period:
    return Period(data["count"], Unit(data["unit"]))
