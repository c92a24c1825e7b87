"""The contract of the store, on each engine: events, and the log over them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
import sqlalchemy as sa

from license_service.adapters.sql.store import SqlStore
from license_service.audit.errors import AuditError
from license_service.services.records import StoredCase, StoredEvent

CaseOf = Callable[..., StoredCase]
EventOf = Callable[..., StoredEvent]


def _kept(store: SqlStore, events: list[StoredEvent]) -> list[StoredEvent]:
    with store.begin() as tx:
        for event in events:
            tx.add_events(event)
    return events


def test_an_event_comes_back_as_it_was_to_its_tenant_alone(store: SqlStore, an_event: EventOf) -> None:
    (event,) = _kept(store, [an_event("c1", 1)])
    with store.begin() as tx:
        assert tx.event("county", event.id) == event
        assert tx.event("elsewhere", event.id) is None
        assert tx.events_of("county", "c1") == [event]
        assert tx.events_of("elsewhere", "c1") == []


def test_events_of_a_case_come_in_its_order_not_in_that_of_arrival(
    store: SqlStore, an_event: EventOf
) -> None:
    events = _kept(store, [an_event("c1", 2), an_event("c2", 1), an_event("c1", 1), an_event()])
    with store.begin() as tx:
        assert tx.events_of("county", "c1") == [events[2], events[0]]


def test_sequence_numbers_of_a_case_have_no_gaps(store: SqlStore, an_event: EventOf) -> None:
    with store.begin() as tx:
        for expected in (1, 2, 3):
            assert tx.next_seq("c1") == expected
            tx.add_events(an_event("c1", expected))
        assert tx.next_seq("c2") == 1

    def leave() -> None:
        with store.begin() as tx:
            tx.add_events(an_event("c1", tx.next_seq("c1")))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    with store.begin() as tx:
        assert tx.next_seq("c1") == 4


def test_writers_of_one_case_take_turns(store: SqlStore, a_case: CaseOf, an_event: EventOf) -> None:
    with store.begin() as tx:
        tx.add_case(a_case())

    def write(_number: int) -> None:
        with store.begin() as tx:
            tx.case("county", "c1")
            tx.add_events(an_event("c1", tx.next_seq("c1")))

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(18)))
    with store.begin() as tx:
        assert [event.seq for event in tx.events_of("county", "c1")] == list(range(1, 19))


def test_a_sequence_number_is_not_given_twice(store: SqlStore, an_event: EventOf) -> None:
    _kept(store, [an_event("c1", 1)])
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        tx.add_events(an_event("c1", 1))


def test_events_wait_for_the_log_in_order_of_arrival(store: SqlStore, an_event: EventOf) -> None:
    events = _kept(store, [an_event() for _ in range(5)])
    with store.begin() as tx:
        waiting = [(event.id, event.entry) for event in events]
        assert tx.unlogged_entries(10) == waiting
        assert tx.unlogged_entries(2) == waiting[:2]
        assert (tx.count_unlogged(10), tx.count_unlogged(2)) == (5, 2)
        tx.set_leaves([events[0].id], 0)
        tx.set_leaves([events[2].id], 1)
        assert tx.unlogged_entries(10) == [waiting[1], waiting[3], waiting[4]]
        assert tx.count_unlogged(10) == 3


def test_leaves_are_read_by_index(store: SqlStore, an_event: EventOf) -> None:
    events = _kept(store, [an_event() for _ in range(4)])
    logged = [replace(event, leaf_index=index) for index, event in enumerate(reversed(events))]
    with store.begin() as tx:
        for event in logged:
            tx.set_leaves([event.id], event.leaf_index or 0)
    with store.begin() as tx:
        entries = [event.entry for event in logged]
        assert tx.logged_entries(0, 4) == entries
        assert tx.logged_entries(1, 3) == entries[1:3]
        assert tx.logged_entries(3, 9) == entries[3:]
        assert tx.logged_entries(4, 9) == []
        assert tx.event("county", events[0].id) == logged[3]


def test_an_index_is_not_given_twice(store: SqlStore, an_event: EventOf) -> None:
    first, second = _kept(store, [an_event(), an_event()])
    with store.begin() as tx:
        tx.set_leaves([first.id], 0)
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        tx.set_leaves([second.id], 0)


def test_hashes_are_written_once(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.hashes().write(0, 0, b"\x00" * 32)
        tx.hashes().write(1, 0, b"\xff" * 32)
    with store.begin() as tx:
        assert tx.hashes().read(0, 0) == b"\x00" * 32
        assert tx.hashes().read(1, 0) == b"\xff" * 32
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        tx.hashes().write(1, 0, b"\x01" * 32)
    with pytest.raises(AuditError, match="LOG_DIVERGED"), store.begin() as tx:
        tx.hashes().read(0, 1)


def test_the_last_checkpoint_is_the_largest_and_a_size_is_signed_once(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.last_checkpoint() is None
        for size in (3, 12, 5):
            tx.add_checkpoint(size, f"note over {size}\n\n— log\n")
    with store.begin() as tx:
        assert tx.last_checkpoint() == (12, "note over 12\n\n— log\n")
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        tx.add_checkpoint(12, "another")


def test_one_integrator_works_at_a_time(store: SqlStore) -> None:
    release, entered, order = Event(), Event(), []

    def first() -> None:
        with store.begin() as tx:
            tx.lock_log()
            entered.set()
            release.wait(10)
            order.append("first")

    def second() -> None:
        entered.wait(10)
        with store.begin() as tx:
            tx.lock_log()
            order.append("second")

    with ThreadPoolExecutor(2) as integrators:
        started = [integrators.submit(work) for work in (first, second)]
        entered.wait(10)
        assert not Event().wait(0.2)  # long enough for the second to overtake, if nothing held it
        assert order == []
        release.set()
        for work in started:
            work.result(10)
    assert order == ["first", "second"]
