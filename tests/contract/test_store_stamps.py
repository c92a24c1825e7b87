"""The contract of the store, on each engine: stamps, what is not anchored, and what auditors read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from license_service.adapters.sql.store import SqlStore
from license_service.services.proving.operator_events import OperatorEventKind, record_operator_event
from license_service.services.proving.stamps import StoredStamp
from license_service.services.records import StoredEvent
from tests.contract.conftest import MOMENT

EventOf = Callable[..., StoredEvent]
STAMPS = [StoredStamp(size, b"token %d" % size, MOMENT + timedelta(hours=size)) for size in (3, 7, 9)]


def test_stamps_come_back_by_size(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.last_stamp() is None
        for stamp in STAMPS:
            tx.add_checkpoint(stamp.size, f"note {stamp.size}")
            tx.add_stamp(stamp)
    with store.begin() as tx:
        assert tx.last_stamp() == STAMPS[2]
        assert [tx.stamp(size) for size in (3, 4)] == [STAMPS[0], None]
        assert tx.stamps(0, 9) == STAMPS
        assert tx.stamps(3, 8) == STAMPS[1:2]
        assert tx.stamps(0, 9, witnessed=True) == []
        tx.save_checkpoint(7, "note 7, cosigned", witnessed=True)
        assert tx.stamps(0, 9, witnessed=True) == STAMPS[1:2]


def test_the_first_stamp_on_a_checkpoint_stays(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.add_stamp(STAMPS[0])
        tx.add_stamp(replace(STAMPS[0], token=b"another"))
        assert tx.last_stamp() == STAMPS[0]


def test_the_problem_of_stamps_is_not_that_of_the_log(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.stamp_problem() == ""
        tx.set_stamp_problem("STAMP_REFUSED")
    with store.begin() as tx:
        assert (tx.stamp_problem(), tx.log_problem()) == ("STAMP_REFUSED", "")


def test_what_is_not_anchored_is_told_by_its_first_event(store: SqlStore, an_event: EventOf) -> None:
    events = [replace(an_event(), created_at=MOMENT + timedelta(minutes=n)) for n in range(3)]
    with store.begin() as tx:
        assert tx.written_from(0) is None
        for event in events:
            tx.add_events(event)
        assert tx.written_from(0) == events[0].created_at
        tx.set_leaves([events[0].id], 0)
        tx.set_leaves([events[1].id], 1)
    with store.begin() as tx:
        assert [tx.written_from(size) for size in range(3)] == [event.created_at for event in events]
        tx.set_leaves([events[2].id], 2)
        assert tx.written_from(3) is None


def test_auditors_read_checkpoints_by_size_with_whether_they_were_witnessed(store: SqlStore) -> None:
    with store.begin() as tx:
        for size in (9, 3, 7):
            tx.add_checkpoint(size, f"note {size}")
        tx.save_checkpoint(7, "note 7, cosigned", witnessed=True)
    with store.begin() as tx:
        assert tx.checkpoints_after(0, 2) == [(3, "note 3", False), (7, "note 7, cosigned", True)]
        assert tx.checkpoints_after(7, 2) == [(9, "note 9", False)]


def test_events_of_the_operator_are_apart_from_those_of_tenants(store: SqlStore, an_event: EventOf) -> None:
    kind = OperatorEventKind.KEY_ROTATED
    with store.begin() as tx:
        tx.add_events(replace(an_event(), kind=kind.value))  # a tenant's, however it calls itself
        first, second = (record_operator_event(tx, kind, {"n": n}, MOMENT) for n in range(2))
        record_operator_event(tx, OperatorEventKind.INPUTS_EXPORTED, {}, MOMENT)
        tx.set_leaves([second.id], 0)
    with store.begin() as tx:
        assert tx.operator_events(kind) == [first, replace(second, leaf_index=0)]


def test_kept_answers_are_counted_for_all_tenants(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.count_verifications() == 0
        for number, tenant in enumerate(("county", "elsewhere")):
            tx.add_verification(tenant, f"v{number}", {"id": f"v{number}"})
        assert tx.count_verifications() == 2
