"""The trace of a case, read from the event table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.case import EventKind
from license_service.domain.matter import Catalogue
from license_service.domain.messages import message
from license_service.domain.trace import Ground, TracedEvent, TraceStep, trace
from license_service.errors import ErasedError
from license_service.services.caller import Caller, Scope
from license_service.services.cases.cases import load_case
from license_service.services.ports import Store, Transaction
from license_service.services.records import StoredEvent

_ERASED = "erased"


class TraceService:
    """Answer `GET /v1/cases/{id}/trace`."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def get(self, caller: Caller, case_id: str, until: int | None = None) -> dict[str, Any]:
        """Return the steps of a case, the last first, or those up to the event number `until`.

        Events name nobody, so a case that was erased has its steps; its state is `erased`.

        Raises:
            NotFoundError: if this tenant has no case of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.read() as tx:
            events = [traced(event) for event in tx.events_of(caller.tenant, case_id)]
            code, version, state = _stands(tx, caller.tenant, case_id, events)
        matter = self._catalogue.version(code, version)
        seen = [event for event in events if until is None or event.seq <= until]
        return {
            "case": case_id,
            "matter": {"code": code, "version": version},
            "state": state,
            "until": max((event.seq for event in seen), default=0),
            "steps": [_step(step) for step in trace(seen, matter)],
        }


def _stands(
    tx: Transaction, tenant: str, case_id: str, events: Sequence[TracedEvent]
) -> tuple[str, str, str]:
    """Return matter, version and state of a case."""
    try:
        case = load_case(tx, tenant, case_id).case
    except ErasedError:
        opened = next(event.data for event in events if event.kind == EventKind.CASE_ASSESSED)
        return opened["matter"], opened["matter_version"], _ERASED
    return case.matter_code, case.matter_version, case.state.value


def traced(event: StoredEvent) -> TracedEvent:
    """Return what a trace reads of an event of a case."""
    entry = json.loads(event.entry)
    return TracedEvent(event.id, entry["seq"], event.kind, parse_instant(entry["time"]), entry["data"])


def _step(step: TraceStep) -> dict[str, Any]:
    event = step.event
    return {
        "number": event.seq,
        "kind": event.kind,
        "actor": step.actor.value,
        "at": format_instant(event.at),
        "waited_seconds": step.waited_seconds,
        "rule": {"basis": step.basis, "materials": [_ground(ground) for ground in step.grounds]},
        "evidence": {
            "event": event.id,
            "receipt": f"/v1/events/{event.id}/receipt",
            "reports": list(step.reports()),
        },
        "data": dict(event.data),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    texts = [{"code": code, "zh": message(code).zh, "en": message(code).en} for code in ground.reasons]
    return {
        "material": ground.material,
        "code": ground.code,
        "basis": ground.basis,
        "report": ground.report,
        "messages": texts,
    }
