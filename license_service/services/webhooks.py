"""Sign and deliver webhooks from the event table.

Clause: Standard Webhooks 1.0.0: headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; `v1` is
HMAC-SHA256 over id, timestamp and body. The body is thin; the receiver asks for what it needs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from datetime import datetime

from license_service.clock import format_instant
from license_service.services.ports import Store, StoredEvent, WebhookEndpoint

_SECRET_BYTES = 32


class WebhookService:
    """Register endpoints."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_endpoint(self, tenant: str, url: str) -> WebhookEndpoint:
        """Register an endpoint with a fresh secret, which is shown once."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        endpoint = WebhookEndpoint(uuid.uuid4().hex, tenant, url, secret)
        with self._store.begin() as tx:
            tx.add_endpoint(endpoint)
        return endpoint


def webhook_body(event: StoredEvent) -> bytes:
    """Return the body: what happened to which case, by ids."""
    receipt = f"/v1/events/{event.id}/receipt"  # not the receipt: no checkpoint covers the event yet
    data = {"event_id": event.id, "case_id": event.case_id, "seq": event.seq, "receipt_url": receipt}
    body = {"type": event.kind, "timestamp": format_instant(event.created_at), "data": data}
    return json.dumps(body, separators=(",", ":")).encode()


def webhook_headers(
    endpoint: WebhookEndpoint, event: StoredEvent, body: bytes, now: datetime
) -> dict[str, str]:
    """Return the signed headers; the id is the event's on every attempt, so receivers can drop repeats."""
    timestamp = str(int(now.timestamp()))
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = b".".join((event.id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
