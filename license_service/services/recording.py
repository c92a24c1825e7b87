"""Write events, their webhooks and their follow-ups in the transaction that makes them true."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from license_service.audit.entry import encode_entry
from license_service.clock import format_instant
from license_service.domain.case import Event, EventKind, Transition
from license_service.domain.obligation import FollowUpKind, FollowUpRequest
from license_service.domain.paper import papers_for
from license_service.services.ports import Transaction
from license_service.services.records import NewFollowUp, StoredEvent, WebhookEndpoint

_ID_DIGITS = 32


def record_event(
    tx: Transaction,
    tenant: str,
    case_id: str | None,
    event: Event,
    now: datetime,
    *,
    announced: bool = True,
    subject: str = "",
) -> StoredEvent:
    """Write one event with the next sequence number of its case, and a delivery for each endpoint.

    One that is not announced is in the timeline and the feed alone: that a webhook died is told by none.
    One that happens to its `subject` once has the id that follows from it.
    """
    return _record(tx, tenant, case_id, (event,), now, announced=announced, subject=subject)[0]


def event_id_of(kind: EventKind, subject: str) -> str:
    """Return the id of an event that happens to its subject once: who knows the subject finds the event."""
    return hashlib.sha256(f"{kind.value} {subject}".encode()).hexdigest()[:_ID_DIGITS]


def delivery(endpoint: WebhookEndpoint, event_id: str, occurrence: str, now: datetime) -> NewFollowUp:
    """Return what sends an event to an endpoint, in its own lane, so that a slow one delays no other."""
    subject, lane = f"{endpoint.id}:{event_id}", f"webhook:{endpoint.id}"
    kind = FollowUpKind.WEBHOOK_DELIVERY
    return NewFollowUp(endpoint.tenant, kind, subject, occurrence, now, lane)


def record_opened(tx: Transaction, tenant: str, transition: Transition, now: datetime) -> list[str]:
    """Write the events and follow-ups of a case just opened: nobody need look which number is its next."""
    return record_transition(tx, tenant, transition, now, first=1)


def record_transition(
    tx: Transaction, tenant: str, transition: Transition, now: datetime, *, first: int | None = None
) -> list[str]:
    """Write the events and follow-ups of a transition; return the ids of follow-ups due already.

    With an event that calls for papers goes the case as it now is, for them to be made from.
    """
    if transition.events:
        written = _record(tx, tenant, transition.case.id, transition.events, now, first=first)
        for event, stored in zip(transition.events, written, strict=True):
            if papers_for(event.kind, transition.case):
                tx.add_paper_draft(stored, transition.case)
    return add_follow_ups(tx, tenant, transition.follow_ups, now)


def add_follow_ups(
    tx: Transaction, tenant: str, requests: Iterable[FollowUpRequest], now: datetime
) -> list[str]:
    """Write follow-ups; return the ids of those due already."""
    asked = [NewFollowUp(tenant, item.kind, item.subject, item.occurrence, item.due_at) for item in requests]
    added = tx.add_follow_ups(*asked)
    return [made for new, made in zip(asked, added, strict=True) if made is not None and new.due_at <= now]


def _record(
    tx: Transaction,
    tenant: str,
    case_id: str | None,
    events: Sequence[Event],
    now: datetime,
    *,
    announced: bool = True,
    first: int | None = None,
    subject: str = "",
) -> list[StoredEvent]:
    first = first or (tx.next_seq(case_id) if case_id else None)
    written = [
        _stored(tenant, case_id, first and first + number, event, now, subject)
        for number, event in enumerate(events)
    ]
    tx.add_events(*written)
    if case_id and announced:
        endpoints = tx.endpoints_of(tenant)
        tx.add_follow_ups(*(delivery(to, stored.id, "1", now) for stored in written for to in endpoints))
    return written


def _stored(
    tenant: str, case_id: str | None, seq: int | None, event: Event, now: datetime, subject: str
) -> StoredEvent:
    event_id = event_id_of(event.kind, subject) if subject else uuid.uuid4().hex
    entry = encode_entry(_entry(event_id, case_id, seq, event, now))
    return StoredEvent(event_id, tenant, case_id, seq, event.kind.value, entry, now)


def _entry(
    event_id: str, case_id: str | None, seq: int | None, event: Event, now: datetime
) -> Mapping[str, Any]:
    entry: dict[str, Any] = {
        "id": event_id,
        "kind": event.kind.value,
        "time": format_instant(now),
        "data": dict(event.data),
    }
    return {**entry, "case": case_id, "seq": seq} if case_id else entry
