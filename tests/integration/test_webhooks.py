"""Webhooks from event to receiver: signed, repeated on schedule, and ended where nobody wants them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from license_service.adapters.outgoing_http import HttpWebhookSender
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.clock import Clock, FixedClock, parse_instant
from license_service.demo.neighbors import Neighbor
from license_service.domain.case import Event, EventKind
from license_service.errors import NotFoundError
from license_service.services.cases.case_book import CaseBook
from license_service.services.following.followups import FollowUpService
from license_service.services.following.oversight import OversightService
from license_service.services.following.webhooks import WebhookService, public_key
from license_service.services.ports import Store
from license_service.services.recording import record_event
from license_service.services.records import StoredEvent, WebhookEndpoint
from license_service.services.sharing.sources import SourceService
from license_service.services.verifying.batches import BatchService

Batches = Callable[[Store, Clock], BatchService]
Nobody = Callable[[Store, Clock], SourceService]

_START = datetime(2026, 3, 2, 8, 0, 0, 250000, UTC)
_DELAYS = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds before each attempt, in all 75 h 35 min 5 s (Standard Webhooks 1.0.0)."""


@dataclass
class Receiver:
    """Answer with `status`, and keep what arrived."""

    status: int = 200
    retry_after: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def respond(self, _path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        self.received.append((headers, body))
        return self.status, {}

    def answer_headers(self) -> dict[str, str]:
        return {"Retry-After": self.retry_after} if self.retry_after else {}


@dataclass
class Post:
    """Send the events of one tenant to one receiver, at times that the test sets."""

    store: SqlStore
    clock: FixedClock
    receiver: Receiver
    endpoint: WebhookEndpoint
    follow_ups: FollowUpService
    webhooks: WebhookService
    oversight: OversightService

    def happen(self) -> StoredEvent:
        with self.store.begin() as tx:
            event = Event(EventKind.CASE_ASSESSED, {})
            return record_event(tx, "county", "c1", event, self.clock.now())

    def verify(self, number: int, secret: str = "") -> Any:
        """Verify as the receiver's library does, at the time of the service."""
        headers, body = self.receiver.received[number]
        with time_machine.travel(self.clock.now(), tick=False):
            return Webhook(secret or self.endpoint.secret).verify(body, headers)

    def signed_by(self, number: int, secret: str) -> bool:
        """Tell whether one of the Ed25519 signatures is by the key that the receiver was given."""
        headers, body = self.receiver.received[number]
        raw = base64.b64decode((public_key(secret) or "").removeprefix("whpk_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        for item in headers["webhook-signature"].split():
            with suppress(InvalidSignature):
                version, signature = item.split(",")
                if version == "v1a":
                    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), signed)
                    return True
        return False

    def next_at(self) -> datetime:
        (row,) = self.oversight.list("county", "open")
        return parse_instant(row["next_at"])

    def states(self) -> list[tuple[str, str]]:
        return [(row["state"], row["last_error"]) for row in self.oversight.list("county", None)]


@pytest.fixture
def post(
    sqlite_url: str, batches: Batches, book: CaseBook, nobody: Nobody, sealing: Sealing
) -> Iterator[Post]:
    store, clock, receiver = SqlStore(sqlite_url, sealing), FixedClock(_START), Receiver()
    with Neighbor(receiver.respond, receiver.answer_headers) as neighbor:
        webhooks = WebhookService(store, clock)
        endpoint = webhooks.add_endpoint("county", f"http://{neighbor.host}/hook")
        sender = HttpWebhookSender([neighbor.host], ["127.0.0.0/8"])
        service = FollowUpService(store, clock, nobody(store, clock), sender, batches(store, clock), book)
        oversight = OversightService(store, clock)
        yield Post(store, clock, receiver, endpoint, service, webhooks, oversight)
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
    other = post.webhooks.add_endpoint("elsewhere", post.endpoint.url)
    post.happen()
    assert post.follow_ups.run_due() == 1
    with pytest.raises(WebhookVerificationError):
        post.verify(0, other.secret)


def test_a_webhook_is_tried_ten_times_on_schedule_and_then_rests(post: Post) -> None:
    """Each delay is that of the standard or up to a tenth more."""
    post.receiver.status = 503
    event = post.happen()
    for number, delay in enumerate(_DELAYS):
        waits = post.next_at() - post.clock.now()
        assert timedelta(seconds=delay) <= waits <= timedelta(seconds=delay * 1.1)
        if delay:
            post.clock.advance(waits - timedelta(milliseconds=1))
            assert post.follow_ups.run_due() == 0
            post.clock.advance(timedelta(milliseconds=2))
        assert post.follow_ups.run_due() == 1
        assert len(post.receiver.received) == number + 1
        assert post.verify(number)["data"]["event_id"] == event.id
    assert post.states() == [("dead", "WEBHOOK_STATUS_503")]
    assert {headers["webhook-id"] for headers, _ in post.receiver.received} == {event.id}
    assert len({headers["webhook-timestamp"] for headers, _ in post.receiver.received}) == 10
    post.clock.advance(timedelta(days=30))
    assert post.follow_ups.run_due() == 0


def test_a_webhook_that_died_is_told_on_the_timeline_and_by_no_webhook(post: Post) -> None:
    post.receiver.status = 500
    post.happen()
    for _ in _DELAYS:
        post.follow_ups.run_due()
        post.clock.advance(timedelta(days=2))
    with post.store.begin() as tx:
        kinds = [event.kind for event in tx.events_of("county", "c1")]
    assert kinds == ["case.assessed", "follow_up.dead"]
    assert [state for state, _ in post.states()] == ["dead"]


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, "600", 600), (503, "600", 600), (503, "Mon, 02 Mar 2026 09:00:00 GMT", 3600),
        (503, "9" * 30, 86400), (500, "600", 5), (503, "2", 5), (503, "soon", 5), (503, "-600", 5),
        (503, "", 5),
    ],
)  # fmt: skip
def test_a_receiver_that_is_overloaded_says_when_to_come_again(
    post: Post, status: int, retry_after: str, seconds: int
) -> None:
    post.receiver.status, post.receiver.retry_after = status, retry_after
    post.happen()
    post.follow_ups.run_due()
    waits = (post.next_at() - post.clock.now()).total_seconds()
    assert seconds - 1 <= waits <= max(seconds, 5.5)


def test_five_failures_open_the_breaker_and_cost_no_more_attempts(post: Post) -> None:
    post.receiver.status = 500
    for _ in range(8):
        post.happen()
    assert post.follow_ups.run_due() == 8
    assert len(post.receiver.received) == 5
    refused = [row for row in post.oversight.list(None, None) if row["last_error"] == "RECEIVER_UNAVAILABLE"]
    assert [row["attempts"] for row in refused] == [0, 0, 0]
    assert [target.partition(":")[0] for target in post.oversight.figures().open_breakers] == ["webhook"]
    post.receiver.status = 200
    post.clock.advance(timedelta(seconds=36))
    post.follow_ups.run_due()
    assert post.oversight.figures().open_breakers == []
    assert {state for state, _ in post.states()} == {"done"}


def test_one_probe_at_a_time_goes_to_a_receiver_that_failed(post: Post) -> None:
    post.receiver.status = 500
    for _ in range(8):
        post.happen()
    post.follow_ups.run_due()
    post.clock.advance(timedelta(seconds=36))
    post.follow_ups.run_due()
    assert len(post.receiver.received) == 6


def test_old_and_new_secret_sign_until_the_old_one_is_retired(post: Post) -> None:
    renewed = post.webhooks.rotate(post.endpoint.id)
    post.happen()
    post.follow_ups.run_due()
    assert post.verify(0)
    assert post.verify(0, renewed.secret)
    assert post.webhooks.retire(post.endpoint.id) == 1
    post.happen()
    post.follow_ups.run_due()
    assert post.verify(1, renewed.secret)
    with pytest.raises(WebhookVerificationError):
        post.verify(1)


def test_an_ed25519_signature_verifies_with_the_public_key_alone(post: Post) -> None:
    renewed = post.webhooks.rotate(post.endpoint.id, ed25519=True)
    event = post.happen()
    post.follow_ups.run_due()
    headers, body = post.receiver.received[0]
    assert post.verify(0)  # the old secret signs too, and the receiver's library skips what it does not know
    versions = dict(item.split(",") for item in headers["webhook-signature"].split())
    key = public_key(renewed.secret)
    assert key is not None
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    signed = f"{event.id}.{headers['webhook-timestamp']}.".encode() + body
    public.verify(base64.b64decode(versions["v1a"]), signed)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(versions["v1a"]), signed + b" ")


def test_two_ed25519_keys_sign_side_by_side_until_the_old_one_is_retired(post: Post) -> None:
    keys = [post.webhooks.rotate(post.endpoint.id, ed25519=True) for _ in range(2)]
    post.webhooks.retire(post.endpoint.id)
    keys.append(post.webhooks.rotate(post.endpoint.id, ed25519=True))
    post.happen()
    post.follow_ups.run_due()
    assert [post.signed_by(0, key.secret) for key in keys] == [False, True, True]
    post.webhooks.retire(post.endpoint.id)
    post.happen()
    post.follow_ups.run_due()
    assert [post.signed_by(1, key.secret) for key in keys] == [False, False, True]


def test_what_a_receiver_missed_is_sent_again_under_the_same_ids(post: Post) -> None:
    events = [post.happen() for _ in range(3)]
    post.follow_ups.run_due()
    with post.store.begin() as tx:
        for index, event in enumerate(events):
            tx.set_leaves([event.id], index)
    assert post.webhooks.replay("county", events[0].id) == 2
    assert post.webhooks.replay("elsewhere", "-1") == 0
    post.follow_ups.run_due()
    sent = [headers["webhook-id"] for headers, _ in post.receiver.received[3:]]
    assert sorted(sent) == sorted(event.id for event in events[1:])
    with pytest.raises(NotFoundError):
        post.webhooks.replay("county", "no such event")


def test_a_webhook_that_was_revived_is_sent_again(post: Post) -> None:
    post.receiver.status = 503
    post.happen()
    for _ in _DELAYS:
        post.follow_ups.run_due()
        post.clock.advance(timedelta(days=2))
    (row,) = post.oversight.list("county", "dead")
    post.receiver.status = 200
    assert post.oversight.retry(row["id"])
    assert post.follow_ups.run_due() == 1
    assert post.states() == [("done", "")]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
def test_any_answer_but_success_is_tried_again(post: Post, status: int) -> None:
    post.receiver.status = status
    post.happen()
    post.follow_ups.run_due()
    assert post.states() == [("open", f"WEBHOOK_STATUS_{status}")]
    post.receiver.status = 204
    post.clock.advance(timedelta(seconds=6))
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


def test_an_endpoint_outside_the_list_is_never_reached(
    post: Post, batches: Batches, book: CaseBook, nobody: Nobody
) -> None:
    sender = HttpWebhookSender(["approval.example:443"], ["127.0.0.0/8"])
    idle = batches(post.store, post.clock)
    service = FollowUpService(post.store, post.clock, nobody(post.store, post.clock), sender, idle, book)
    post.happen()
    service.run_due()
    assert (post.receiver.received, post.states()) == ([], [("open", "WEBHOOK_STATUS_0")])
