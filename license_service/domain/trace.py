"""Trace a case from its last event backwards (倒推): who acted, who was waited for, by which rule, on what.

It reads events and the catalogue version the case was accepted under and nothing else, so the same events
give the same trace for ever, and one cut off at an event is what could be seen then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.domain.actor import Actor
from license_service.domain.assessment import COMMITTED_UNCHECKED
from license_service.domain.case import EventKind
from license_service.domain.matter import Matter

_ACTORS: Mapping[str, Actor] = {
    EventKind.CASE_ASSESSED: Actor.APPLICANT,
    EventKind.CASE_BUNDLED: Actor.APPLICANT,
    EventKind.SUPPLEMENT_RECEIVED: Actor.APPLICANT,
    EventKind.SUPPLEMENT_REFUSED: Actor.APPLICANT,
    EventKind.COMMITMENT_CHECKED: Actor.SERVICE,
    EventKind.COMMITMENT_OVERDUE: Actor.SERVICE,
    EventKind.SUPPLEMENT_REMINDED: Actor.SERVICE,
    EventKind.SUPPLEMENT_EXPIRED: Actor.SERVICE,
    EventKind.CASE_CLOSED: Actor.SERVICE,
    EventKind.CASE_REFERRED: Actor.SERVICE,
    EventKind.FOLLOW_UP_DEAD: Actor.SERVICE,
    EventKind.DEADLINE_RECOMPUTED: Actor.SERVICE,
    EventKind.CLOCK_SUSPENDED: Actor.AUTHORITY,
    EventKind.CLOCK_RESUMED: Actor.AUTHORITY,
    EventKind.CLOCK_EXTENDED: Actor.AUTHORITY,
    EventKind.FEEDBACK_RECEIVED: Actor.APPLICANT,
    EventKind.FEEDBACK_OVERDUE: Actor.SERVICE,
    EventKind.FEEDBACK_ANSWERED: Actor.AUTHORITY,
    EventKind.CASE_DECIDED: Actor.AUTHORITY,
    EventKind.COMMITMENT_FOUND: Actor.AUTHORITY,
    EventKind.COMMITMENT_BROKEN: Actor.SERVICE,
    EventKind.COMMITMENT_OBJECTED: Actor.APPLICANT,
    EventKind.COMMITMENT_RULED: Actor.AUTHORITY,
    EventKind.COMMITMENT_RECTIFY: Actor.SERVICE,
    EventKind.COMMITMENT_ENFORCED: Actor.SERVICE,
    EventKind.COMMITMENT_WITHDRAWN: Actor.APPLICANT,
    EventKind.SUPPLEMENT_EXTENDED: Actor.AUTHORITY,
    EventKind.CREDIT_RECORDED: Actor.SERVICE,
    EventKind.CREDIT_OBJECTED: Actor.APPLICANT,
    EventKind.CREDIT_RULED: Actor.AUTHORITY,
    EventKind.CREDIT_REPAIRED: Actor.AUTHORITY,
    EventKind.DATA_ASKED: Actor.SERVICE,
    EventKind.PAPER_ISSUED: Actor.SERVICE,
    EventKind.PAPER_DELIVERED: Actor.AUTHORITY,
    EventKind.LICENSE_USED: Actor.AUTHORITY,
    EventKind.DATA_ERASED: Actor.AUTHORITY,
    EventKind.WAIT_WITHDRAWN: Actor.APPLICANT,
    EventKind.WAIT_EXPIRED: Actor.SERVICE,
    EventKind.WAIT_RECOMPUTED: Actor.SERVICE,
}
"""Whose act an event records: to apply and to supply is the applicant's."""


@dataclass(frozen=True)
class TracedEvent:
    """Hold an event of a case as it was logged."""

    id: str
    seq: int
    kind: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """Say by which rule a material was decided, on which report; `basis` is empty where the rule is lost."""

    material: str
    code: str
    basis: str
    report: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class TraceStep:
    """Hold one step: `waited_seconds` since the step before, None for the first."""

    event: TracedEvent
    actor: Actor
    waited_seconds: int | None
    basis: str
    grounds: tuple[Ground, ...]

    def reports(self) -> tuple[str, ...]:
        """Return the reports this step rests on."""
        return tuple(dict.fromkeys(ground.report for ground in self.grounds if ground.report))


def trace(events: Sequence[TracedEvent], matter: Matter | None) -> tuple[TraceStep, ...]:
    """Return the steps of a case, the last first; `matter` is None where the catalogue lost its version."""
    ordered = sorted(events, key=lambda event: event.seq)
    steps = [
        TraceStep(
            event,
            _ACTORS.get(event.kind, Actor.UNKNOWN),
            int((event.at - before.at).total_seconds()) if before else None,
            _basis(event, matter),
            tuple(_grounds(event, matter)),
        )
        for before, event in zip([None, *ordered], ordered, strict=False)
    ]
    return tuple(reversed(steps))


def material_of(data: Mapping[str, Any]) -> str:
    """Return the material an event is about; empty where it is about none."""
    return str(data.get("material") or str(data.get("obligation", "")).partition(".")[2])


def _basis(event: TracedEvent, matter: Matter | None) -> str:
    stated = event.data.get("basis")
    return str(stated) if stated else matter.basis if matter else ""


def _grounds(event: TracedEvent, matter: Matter | None) -> Iterator[Ground]:
    data = event.data
    for code, found in data.get("grounds", {}).items():
        basis = _basis_of(matter, code, found["code"])
        yield Ground(code, found["code"], basis, found["report"], tuple(found["reasons"]))
    if material := material_of(data):
        came = data.get("outcome") or data.get("result") or data.get("code") or event.kind
        basis = _basis_of(matter, material, event.kind.partition(".")[0])
        yield Ground(material, str(came), basis, data.get("report"), tuple(data.get("reasons", ())))


def _basis_of(matter: Matter | None, code: str, about: str) -> str:
    """Return the basis of the rule that decided: of the way that was gone, or of the material itself."""
    material = matter.material(code) if matter else None
    if material is None:
        return ""
    ways = {
        "EXEMPT_BY_LICENSE": material.by_license,
        "EXEMPT_BY_DATA": material.by_data,
        "COMMITTED": material.by_commitment,
        COMMITTED_UNCHECKED: material.by_commitment,
        "DEFERRED": material.by_deferral,
        "commitment": material.by_commitment,
        "supplement": material.by_deferral,
    }
    way = ways.get(about)
    return way.basis if way else material.basis
