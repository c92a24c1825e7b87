"""Webhooks from event to receiver: signed, repeated on schedule, and ended where nobody wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from license_service.adapters.outgoing_http import HttpDataSource, HttpWebhookSender
from license_service.adapters.sql.store import SqlStore
from license_service.clock import Clock, FixedClock
from license_service.demo.neighbors import Neighbor
from license_service.domain.case import Event, EventKind
from license_service.services.batches import BatchService
from license_service.services.followups import FollowUpService
from license_service.services.ports import Store, StoredEvent, WebhookEndpoint
from license_service.services.recording import record_event
from license_service.services.webhooks import WebhookService

Batches = Callable[[Store, Clock], BatchService]

_START = datetime(2026, 3, 2, 8, 0, 0, 250000, UTC)
_SCHEDULE = (0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105)
"""Seconds from the event to each attempt; the last is 75 h 35 min 5 s after it (Standard Webhooks 1.0.0)."""


@dataclass
class Receiver:
    """Answer with `status`, and keep what arrived."""

    status: int = 200
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def respond(self, _path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        self.received.append((headers, body))
        return self.status, {}


@dataclass
class Post:
    """Send the events of one tenant to one receiver, at times that the test sets."""

    store: SqlStore
    clock: FixedClock
    receiver: Receiver
    endpoint: WebhookEndpoint
    follow_ups: FollowUpService

    def happen(self) -> StoredEvent:
        with self.store.begin() as tx:
            event = Event(EventKind.CASE_ASSESSED, {})
            return record_event(tx, "county", "c1", event, self.clock.now())

    def verify(self, number: int, secret: str = "") -> Any:
        """Verify as the receiver's library does, at the time of the service."""
        headers, body = self.receiver.received[number]
        with time_machine.travel(self.clock.now(), tick=False):
            return Webhook(secret or self.endpoint.secret).verify(body, headers)

    def states(self) -> list[tuple[str, str]]:
        return [(row["state"], row["last_error"]) for row in self.follow_ups.list("county", None)]


@pytest.fixture
def post(sqlite_url: str, batches: Batches) -> Iterator[Post]:
    store, clock, receiver = SqlStore(sqlite_url), FixedClock(_START), Receiver()
    with Neighbor(receiver.respond) as neighbor:
        endpoint = WebhookService(store).add_endpoint("county", f"http://{neighbor.host}/hook")
        sender = HttpWebhookSender(frozenset({neighbor.host}))
        service = FollowUpService(store, clock, HttpDataSource({}), sender, batches(store, clock))
        yield Post(store, clock, receiver, endpoint, service)
    store.close()


def test_the_receivers_library_verifies_what_it_gets(post: Post) -> None:
    events = [post.happen(), post.happen()]
    assert post.follow_ups.run_due() == 2
    bodies = [post.verify(number) for number in range(2)]
    assert sorted(body["data"]["event_id"] for body in bodies) == sorted(event.id for event in events)
    assert bodies[0]["type"] == "case.assessed"
    assert bodies[0]["timestamp"] == "2026-03-02T08:00:00.250000Z"
    assert bodies[0]["data"].keys() == {"event_id", "case_id", "seq", "receipt_url"}
    assert post.follow_ups.run_due() == 0


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_webhook_that_was_changed_on_the_way_does_not_verify(post: Post, header: str) -> None:
    post.happen()
    post.follow_ups.run_due()
    headers, body = post.receiver.received[0]
    assert post.verify(0)
    for changed in (({**headers, header: "1" + headers[header]}, body), (headers, body + b" ")):
        post.receiver.received[0] = changed
        with pytest.raises(WebhookVerificationError):
            post.verify(0)


def test_another_endpoints_secret_does_not_verify(post: Post) -> None:
    other = WebhookService(post.store).add_endpoint("elsewhere", post.endpoint.url)
    post.happen()
    assert post.follow_ups.run_due() == 1
    with pytest.raises(WebhookVerificationError):
        post.verify(0, other.secret)


def test_a_webhook_is_tried_ten_times_on_schedule_and_then_rests(post: Post) -> None:
    post.receiver.status = 503
    event = post.happen()
    for number, seconds in enumerate(_SCHEDULE):
        step = _START + timedelta(seconds=seconds) - post.clock.now()
        if step:
            post.clock.advance(step - timedelta(microseconds=1))
            assert post.follow_ups.run_due() == 0
            post.clock.advance(timedelta(microseconds=1))
        assert post.follow_ups.run_due() == 1
        assert len(post.receiver.received) == number + 1
        assert post.verify(number)["data"]["event_id"] == event.id
    assert post.states() == [("dead", "WEBHOOK_STATUS_503")]
    assert {headers["webhook-id"] for headers, _ in post.receiver.received} == {event.id}
    assert len({headers["webhook-timestamp"] for headers, _ in post.receiver.received}) == 10
    post.clock.advance(timedelta(days=30))
    assert post.follow_ups.run_due() == 0


def test_a_webhook_that_was_revived_is_sent_again(post: Post) -> None:
    post.receiver.status = 503
    post.happen()
    for _ in _SCHEDULE:
        post.follow_ups.run_due()
        post.clock.advance(timedelta(days=2))
    (row,) = post.follow_ups.list("county", "dead")
    post.receiver.status = 200
    assert post.follow_ups.revive(row["id"])
    assert post.follow_ups.run_due() == 1
    assert post.states() == [("done", "")]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
def test_any_answer_but_success_is_tried_again(post: Post, status: int) -> None:
    post.receiver.status = status
    post.happen()
    post.follow_ups.run_due()
    assert post.states() == [("open", f"WEBHOOK_STATUS_{status}")]
    post.receiver.status = 204
    post.clock.advance(timedelta(seconds=5))
    assert post.follow_ups.run_due() == 1
    assert post.states() == [("done", "")]


def test_a_receiver_that_is_gone_gets_nothing_more(post: Post) -> None:
    post.receiver.status = 410
    post.happen()
    post.happen()
    assert post.follow_ups.run_due() == 2
    assert len(post.receiver.received) == 1
    assert post.states() == [("done", ""), ("done", "")]
    post.receiver.status = 200
    post.happen()
    assert post.follow_ups.run_due() == 0


def test_an_endpoint_outside_the_list_is_never_reached(post: Post, batches: Batches) -> None:
    sender = HttpWebhookSender(frozenset({"approval.example:443"}))
    idle = batches(post.store, post.clock)
    service = FollowUpService(post.store, post.clock, HttpDataSource({}), sender, idle)
    post.happen()
    service.run_due()
    assert (post.receiver.received, post.states()) == ([], [("open", "WEBHOOK_STATUS_0")])
