"""Sign webhooks from the event table, renew their secrets, and send again what a receiver missed.

Clause: Standard Webhooks 1.0.0: headers `webhook-id`, `webhook-timestamp`, `webhook-signature` over id,
timestamp and body; `v1` is HMAC-SHA256 (`whsec_`), `v1a` Ed25519 (`whsk_`, verified with `whpk_`). The body
is thin; the receiver asks for what it needs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.clock import Clock, format_instant
from license_service.errors import NotFoundError
from license_service.services.ports import Store, Transaction
from license_service.services.recording import delivery
from license_service.services.records import RegisteredEndpoint, StoredEvent, WebhookEndpoint

_SECRET_BYTES = 32
_HMAC, _ED25519, _ED25519_PUBLIC = "whsec_", "whsk_", "whpk_"
_PAGE = 500
_EVENT_ID_LENGTH = 32


class WebhookService:
    """Register endpoints and look after them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add_endpoint(self, tenant: str, url: str, *, ed25519: bool = False) -> WebhookEndpoint:
        """Register an endpoint with a fresh secret, which is shown once."""
        endpoint = WebhookEndpoint(uuid.uuid4().hex, tenant, url, _new_secret(ed25519=ed25519))
        with self._store.begin() as tx:
            tx.add_endpoint(endpoint)
        return endpoint

    def rotate(self, identifier: str, *, ed25519: bool = False) -> WebhookEndpoint:
        """Sign with a fresh secret too, beside those there are, until they are retired.

        Raises:
            NotFoundError: if there is no enabled endpoint of that id.
        """
        with self._store.begin() as tx:
            kept = _endpoint(tx, identifier)
            secret, previous = _new_secret(ed25519=ed25519), (kept.secret, *kept.previous)
            renewed = replace(kept, secret=secret, previous=previous)
            tx.save_secrets(renewed)
        return renewed

    def retire(self, identifier: str) -> int:
        """Sign with the newest secret alone; return how many were retired.

        Raises:
            NotFoundError: if there is no enabled endpoint of that id.
        """
        with self._store.begin() as tx:
            kept = _endpoint(tx, identifier)
            tx.save_secrets(replace(kept, previous=()))
        return len(kept.previous)

    def registered(self) -> Sequence[RegisteredEndpoint]:
        """Return the endpoints of every tenant."""
        with self._store.read() as tx:
            return tx.registered_endpoints()

    def remove(self, identifier: str) -> None:
        """Send nothing more to an endpoint, nor what waits for it.

        Raises:
            NotFoundError: if there is no enabled endpoint of that id.
        """
        with self._store.begin() as tx:
            tx.disable_endpoint(_endpoint(tx, identifier).id)

    def replay(self, tenant: str, after: str) -> int:
        """Send a tenant's events behind one again, to its endpoints; return how many deliveries that makes.

        `after` is an event's id or an index in the log. Ids of webhooks are those of the events, so a
        receiver drops what it had.

        Raises:
            NotFoundError: if the tenant has no such event in the log.
        """
        now, occurrence, count = self._clock.now(), f"replay {uuid.uuid4().hex}", 0
        with self._store.read() as tx:
            position = _position(tx, tenant, after)
        while True:
            with self._store.begin() as tx:
                events = tx.logged_events(tenant, position, _PAGE)
                endpoints = tx.endpoints_of(tenant) if events else ()
                told = [event for event in events if event.case_id]
                sent = [delivery(to, event.id, occurrence, now) for event in told for to in endpoints]
                count += len(tx.add_follow_ups(*sent))
            if not events:
                return count
            position = events[-1].leaf_index or 0


def public_key(secret: str) -> str | None:
    """Return what verifies an Ed25519 secret's signatures, None for an HMAC secret."""
    if not secret.startswith(_ED25519):
        return None
    raw = _ed25519(secret).public_key().public_bytes_raw()
    return _ED25519_PUBLIC + base64.b64encode(raw).decode()


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
    signed = b".".join((event.id.encode(), timestamp.encode(), body))
    return {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_sign(s, signed) for s in (endpoint.secret, *endpoint.previous)),
    }


def _sign(secret: str, signed: bytes) -> str:
    if secret.startswith(_ED25519):
        return f"v1a,{base64.b64encode(_ed25519(secret).sign(signed)).decode()}"
    key = base64.b64decode(secret.removeprefix(_HMAC))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _new_secret(*, ed25519: bool) -> str:
    random = base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return (_ED25519 if ed25519 else _HMAC) + random


def _ed25519(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.removeprefix(_ED25519)))


def _endpoint(tx: Transaction, identifier: str) -> WebhookEndpoint:
    endpoint = tx.endpoint(identifier)
    if endpoint is None:
        raise NotFoundError("no such webhook endpoint, or it is disabled")
    return endpoint


def _position(tx: Transaction, tenant: str, after: str) -> int:
    if len(after) < _EVENT_ID_LENGTH and after.removeprefix("-").isdecimal():
        return int(after)
    event = tx.event(tenant, after)
    if event is None or event.leaf_index is None:
        raise NotFoundError("no such event in the log")
    return event.leaf_index
