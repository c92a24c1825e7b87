"""Deliver webhooks: one attempt, what its answer means, and when the next one is.

Clause: Standard Webhooks 1.0.0: ten attempts over 75 h 35 m, 410 ends an endpoint, a redirect is a failure,
`Retry-After` counts where the receiver is overloaded.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from license_service.services.following.outcomes import DeferError, Effect, RetryLaterError, nothing
from license_service.services.following.webhooks import webhook_body, webhook_headers
from license_service.services.outside import WebhookSender
from license_service.services.ports import Store
from license_service.services.records import FollowUp, WebhookAnswer
from license_service.services.sharing.breaker import CircuitBreaker

_DELAYS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds after each failed attempt."""
_JITTER = 0.1
"""Never earlier than the schedule, at most a tenth later: receivers that come back are not stormed."""
_LONGEST_WAIT = timedelta(days=1)
_OVERLOADED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class Deliveries:
    """Send the event of a follow-up to its endpoint."""

    def __init__(self, store: Store, sender: WebhookSender, breaker: CircuitBreaker) -> None:
        self._store = store
        self._sender = sender
        self._breaker = breaker

    def deliver(self, claimed: FollowUp, now: datetime) -> Effect:
        """Send once.

        Raises:
            DeferError: while the receiver's breaker is open.
            RetryLaterError: if the receiver did not take it.
        """
        endpoint_id, event_id = claimed.subject.split(":")
        with self._store.read() as tx:
            endpoint, event = tx.endpoint(endpoint_id), tx.event(claimed.tenant, event_id)
        if endpoint is None or event is None:
            return nothing
        target = f"webhook:{urlsplit(endpoint.url).netloc}"
        until = self._breaker.open_until(target, now)
        if until is not None:
            raise DeferError("RECEIVER_UNAVAILABLE", until)
        body = webhook_body(event)
        answer = self._sender.send(endpoint, webhook_headers(endpoint, event, body, now), body)
        note = self._breaker.failed if _is_down(answer.status) else self._breaker.succeeded
        note(target, now)
        if answer.status == HTTPStatus.GONE:
            return lambda tx, _now: tx.disable_endpoint(endpoint_id)
        if HTTPStatus(200) <= answer.status < HTTPStatus(300):
            return nothing
        raise RetryLaterError(f"WEBHOOK_STATUS_{answer.status}", _not_before(answer, now))


def next_delivery(attempts: int, now: datetime) -> datetime | None:
    """Return when the attempt after this many failed ones is, None where there is none."""
    if attempts > len(_DELAYS):
        return None
    jitter = random.uniform(1, 1 + _JITTER)  # noqa: S311 - no secret
    return now + timedelta(seconds=_DELAYS[attempts - 1] * jitter)


def _is_down(status: int) -> bool:
    return status in {0, HTTPStatus.TOO_MANY_REQUESTS} or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _not_before(answer: WebhookAnswer, now: datetime) -> datetime | None:
    """Read `Retry-After`, seconds or a date (RFC 9110, 10.2.3); what is neither says nothing."""
    text = answer.retry_after.strip()
    if answer.status not in _OVERLOADED or not text:
        return None
    if text.isascii() and text.isdigit():
        return now + min(_LONGEST_WAIT, timedelta(seconds=int(text[:9])))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(now + _LONGEST_WAIT, moment.replace(tzinfo=moment.tzinfo or UTC))
