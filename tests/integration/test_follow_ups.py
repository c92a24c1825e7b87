"""What becomes of a follow-up that cannot be done: it is put back, rests at last, and holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from license_service.adapters.doorbell_rq import JOB_SECONDS
from license_service.adapters.outgoing_http import EXCHANGE_SECONDS, HttpWebhookSender
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.bootstrap import build
from license_service.bootstrap.erasing import open_store
from license_service.clock import Clock, FixedClock
from license_service.domain.obligation import FollowUpKind
from license_service.errors import NotFoundError
from license_service.services.cases.case_book import CaseBook
from license_service.services.following.followups import LEASE_SECONDS, MAX_ATTEMPTS, FollowUpService
from license_service.services.following.oversight import PURPOSES, OversightService
from license_service.services.ports import Store
from license_service.services.records import FollowUp, NewFollowUp
from license_service.services.sharing.sources import SourceService
from license_service.services.verifying.batches import BatchService
from license_service.settings import Settings
from workers.sweeper import Sweeper

_NOW = datetime(2026, 3, 2, tzinfo=UTC)

Batches = Callable[[Store, Clock], BatchService]
Nobody = Callable[[Store, Clock], SourceService]


@pytest.fixture
def store(sqlite_url: str, sealing: Sealing) -> Iterator[SqlStore]:
    opened = SqlStore(sqlite_url, sealing)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_NOW)


@pytest.fixture
def service(
    store: SqlStore, clock: FixedClock, batches: Batches, book: CaseBook, nobody: Nobody
) -> FollowUpService:
    sender = HttpWebhookSender([])
    return FollowUpService(store, clock, nobody(store, clock), sender, batches(store, clock), book)


def _add(store: SqlStore, kind: str, subject: str = "lost.material") -> str:
    with store.begin() as tx:
        [identifier] = tx.add_follow_ups(NewFollowUp("county", kind, subject, "1", _NOW))
    assert identifier is not None
    return identifier


def _listed(store: SqlStore, state: str | None = None) -> list[dict[str, Any]]:
    with store.begin() as tx:
        return list(tx.follow_ups(None, state, 100))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("commitment_check", "not_found"),
        ("supplement_expiry", "not_found"),
        ("unheard_of", "FOLLOW_UP_KIND_UNKNOWN"),
    ],
)
def test_one_that_cannot_be_done_is_put_back_with_why(
    store: SqlStore, service: FollowUpService, kind: str, code: str
) -> None:
    _add(store, kind)
    assert service.run_due() == 1
    (row,) = _listed(store)
    assert (row["state"], row["last_error"]) == ("open", code)
    assert row["next_at"] > _NOW.timestamp()


def test_one_whose_workers_always_die_rests_at_last(store: SqlStore, service: FollowUpService) -> None:
    identifier = _add(store, "commitment_check")
    for _ in range(MAX_ATTEMPTS):
        assert _claim_and_die(store) is not None
    assert service.run_due() == 1
    (row,) = _listed(store)
    assert (row["id"], row["state"], row["last_error"]) == (identifier, "dead", "ATTEMPTS_EXHAUSTED")


def _claim_and_die(store: SqlStore) -> FollowUp | None:
    with store.begin() as tx:
        return tx.claim(_NOW, -1.0)


def test_the_sweeper_outlives_what_nobody_expected_and_goes_on_with_the_rest(settings: Settings) -> None:
    store = open_store(settings)
    _add(store, "webhook_delivery", "a subject that no code of ours writes")
    rest = _add(store, "unheard_of")
    app = build(settings)
    sweeper = Sweeper(app, Event())
    sweeper.sweep()
    sweeper.sweep()
    tried = {row["id"]: row["attempts"] for row in app.services.oversight.list(None, None)}
    assert tried[rest] == 1
    store.close()


def test_what_waits_for_room_in_its_lane_begins_as_soon_as_there_is_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, app, full = open_store(settings), build(settings), Event()
    waiting = [NewFollowUp("county", "webhook_delivery", f"gone:{n}", "1", _NOW, "slow") for n in range(5)]
    with store.begin() as tx:
        tx.add_follow_ups(*waiting)
    claim, execute = app.follow_ups.claim, app.follow_ups.execute

    def look() -> FollowUp | None:
        found = claim()
        if found is None:
            full.set()
        return found

    def act(claimed: FollowUp) -> None:
        assert full.wait(60)
        execute(claimed)

    monkeypatch.setattr(app.follow_ups, "claim", look)
    monkeypatch.setattr(app.follow_ups, "execute", act)
    Sweeper(app, Event()).sweep()
    assert [row["state"] for row in _listed(store, None)] == ["done"] * 5
    store.close()


def test_one_that_can_never_be_done_rests_after_its_attempts(
    store: SqlStore, service: FollowUpService, clock: FixedClock
) -> None:
    _add(store, "unheard_of")
    for _ in range(MAX_ATTEMPTS):
        assert service.run_due() == 1
        clock.advance(timedelta(hours=6))
    (row,) = _listed(store, "dead")
    assert row["attempts"] == MAX_ATTEMPTS


def test_one_that_meets_a_bug_spends_its_attempts_and_dies_in_sight(
    store: SqlStore, service: FollowUpService, clock: FixedClock
) -> None:
    identifier = _add(store, "webhook_delivery", "a subject that no code of ours writes")
    for _ in range(MAX_ATTEMPTS):
        assert service.run_due() == 1
        clock.advance(timedelta(days=2))
    oversight = OversightService(store, clock)
    explained = oversight.explain(identifier)
    assert explained["state"] == "dead"
    assert explained["next_at"] is None
    assert [attempt["code"] for attempt in explained["failed_attempts"]] == ["UNEXPECTED"] * MAX_ATTEMPTS
    assert oversight.figures().unfinished == {("webhook_delivery", "dead"): 1}
    assert oversight.retry(identifier)
    assert not oversight.retry(identifier)
    with pytest.raises(NotFoundError):
        oversight.explain("0" * 32)


@pytest.mark.parametrize(
    ("kind", "manual"),
    [
        ("supplement_expiry", 1),
        ("commitment_overdue", 1),
        ("commitment_consequence", 1),
        ("commitment_check", 0),
    ],
)
def test_a_deadline_whose_follow_up_dies_is_handed_to_a_person(
    store: SqlStore, service: FollowUpService, clock: FixedClock, kind: str, manual: int
) -> None:
    """The case is lost, so the follow-up dies; its twin for a check has a deadline of its own."""
    _add(store, kind)
    for _ in range(MAX_ATTEMPTS):
        service.run_due(1)
        clock.advance(timedelta(hours=7))
    with store.begin() as tx:
        events = [event.kind for event in tx.events_of("county", "lost")]
    assert events == ["follow_up.dead"]
    assert [row["kind"] for row in _listed(store)].count("manual_review") == manual


def test_an_operator_is_told_what_every_follow_up_is_for() -> None:
    assert PURPOSES.keys() == set(FollowUpKind)


def test_a_lease_outlasts_whatever_is_done_under_it() -> None:
    assert max(EXCHANGE_SECONDS, JOB_SECONDS) < LEASE_SECONDS
