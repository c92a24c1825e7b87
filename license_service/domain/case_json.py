"""Write a case as JSON for storage and for answers, and read it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import Case, CaseState
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
        "obligations": [{**asdict(item), "due_at": format_instant(item.due_at)} for item in case.obligations],
    }


def case_from_json(data: Mapping[str, Any]) -> Case:
    """Read the wire shape."""
    return Case(
        id=data["id"],
        matter_code=data["matter_code"],
        matter_version=data["matter_version"],
        state=CaseState(data["state"]),
        findings=tuple(_finding(item) for item in data["materials"]),
        obligations=tuple(_obligation(item) for item in data["obligations"]),
        opened_at=parse_instant(data["opened_at"]),
    )


def finding_to_json(finding: MaterialFinding) -> dict[str, Any]:
    """Return the wire shape of one finding."""
    lists = {"reasons": list(finding.reasons), "alternatives": list(finding.alternatives)}
    return {**asdict(finding), "outcome": finding.outcome.value, **lists}


def _finding(data: Mapping[str, Any]) -> MaterialFinding:
    return MaterialFinding(
        material=data["material"],
        outcome=MaterialOutcome(data["outcome"]),
        code=data["code"],
        report_id=data["report_id"],
        reasons=tuple(data["reasons"]),
        alternatives=tuple(data["alternatives"]),
    )


def _obligation(data: Mapping[str, Any]) -> Obligation:
    typed = {
        "kind": ObligationKind(data["kind"]),
        "state": ObligationState(data["state"]),
        "due_at": parse_instant(data["due_at"]),
    }
    return Obligation(**{**data, **typed})
