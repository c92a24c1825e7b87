"""What a webhook says: ids, and where its receipt will be."""

from __future__ import annotations

from datetime import UTC, datetime

from license_service.services.following.webhooks import webhook_body
from license_service.services.records import StoredEvent


def test_a_body_has_these_literal_bytes() -> None:
    moment = datetime(2026, 1, 5, 1, 2, 3, tzinfo=UTC)
    event = StoredEvent("e1", "county", "c1", 4, "case.accepted", b"{}", moment)
    assert webhook_body(event) == (
        b'{"type":"case.accepted","timestamp":"2026-01-05T01:02:03Z","data":{"event_id":"e1","case_id":"c1",'
        b'"seq":4,"receipt_url":"/v1/events/e1/receipt"}}'
    )
