"""The contract of the store, on each engine: follow-ups are claimed by lease and fencing token."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.domain.obligation import FollowUpKind
from license_service.services.ports import Transaction
from license_service.services.records import FollowUp, NewFollowUp

Add = Callable[..., str]
_SECOND = timedelta(seconds=1)
_LONG, _ENDED = 60.0, -1.0


@pytest.fixture
def add(store: SqlStore, moment: datetime) -> Add:
    def call(subject: str = "c1.1", *, due_at: datetime = moment, tenant: str = "county") -> str:
        with store.begin() as tx:
            new = NewFollowUp(tenant, FollowUpKind.COMMITMENT_CHECK, subject, "1", due_at)
            [identifier] = tx.add_follow_ups(new)
        assert identifier is not None
        return identifier

    return call


def _claim(store: SqlStore, now: datetime, lease: float = _LONG, **which: Any) -> FollowUp:
    claimed = _try_claim(store, now, lease, **which)
    assert claimed is not None
    return claimed


def _try_claim(store: SqlStore, now: datetime, lease: float = _LONG, **which: Any) -> FollowUp | None:
    with store.begin() as tx:
        return tx.claim(now, lease, **which)


def _row(store: SqlStore, identifier: str) -> dict[str, Any]:
    with store.begin() as tx:
        return next(row for row in tx.follow_ups(None, None, 100) if row["id"] == identifier)


def test_a_claim_says_what_was_asked_for(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add()
    assert _claim(store, moment) == FollowUp(
        identifier, "commitment_check", "county", "c1.1", "1", moment, attempts=1, token=1
    )


@pytest.mark.parametrize(
    ("kind", "subject", "occurrence", "is_new"),
    [
        (FollowUpKind.COMMITMENT_CHECK, "c1.1", "1", False),
        (FollowUpKind.COMMITMENT_OVERDUE, "c1.1", "1", True),
        (FollowUpKind.COMMITMENT_CHECK, "c1.2", "1", True),
        (FollowUpKind.COMMITMENT_CHECK, "c1.1", "2", True),
    ],
)
def test_an_occurrence_is_added_once(
    store: SqlStore, add: Add, moment: datetime, kind: str, subject: str, occurrence: str, *, is_new: bool
) -> None:
    first = add()
    later = moment + timedelta(days=1)
    with store.begin() as tx:
        [again] = tx.add_follow_ups(NewFollowUp("county", kind, subject, occurrence, later))
        assert (again is not None) == is_new
        assert tx.verification("county", "v1") is None  # the transaction goes on
    assert _row(store, first)["due_at"] == moment.timestamp()


def test_what_is_not_due_is_not_claimed(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add(due_at=moment)
    assert _try_claim(store, moment - timedelta(microseconds=1)) is None
    assert _try_claim(store, moment - _SECOND, identifier=identifier) is None
    assert _claim(store, moment).id == identifier


def test_the_longest_due_is_claimed_first(store: SqlStore, add: Add, moment: datetime) -> None:
    later, earlier = add("c1.1", due_at=moment), add("c1.2", due_at=moment - _SECOND)
    assert [_claim(store, moment).id for _ in range(2)] == [earlier, later]


def test_a_named_one_is_claimed_and_no_other(store: SqlStore, add: Add, moment: datetime) -> None:
    add("c1.1", due_at=moment - _SECOND)
    named = add("c1.2")
    assert _claim(store, moment, identifier=named).id == named
    assert _try_claim(store, moment, identifier=named) is None
    assert _try_claim(store, moment, identifier="0" * 32) is None


def test_what_is_leased_is_claimed_again_only_when_the_lease_has_ended(
    store: SqlStore, add: Add, moment: datetime
) -> None:
    add()
    assert (_claim(store, moment, _ENDED).token, _claim(store, moment, _LONG).token) == (1, 2)
    assert _try_claim(store, moment + timedelta(days=9)) is None  # leases do not run by the service's clock


def test_a_lease_given_while_the_clock_was_ahead_holds_up_nobody(
    store: SqlStore, add: Add, moment: datetime
) -> None:
    add()
    _claim(store, moment, timedelta(days=3652).total_seconds())
    again = _claim(store, moment)
    assert (again.attempts, again.token) == (2, 2)
    assert _try_claim(store, moment) is None


def test_a_claim_that_was_overtaken_changes_nothing(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add()
    stale = _claim(store, moment, _ENDED)
    current = _claim(store, moment)
    with store.begin() as tx:
        assert not tx.complete(identifier, stale.token)
        assert not tx.postpone(stale, moment, "LATE", moment, dead=False)
        assert not tx.postpone(stale, moment, "LATE", moment, dead=True)
        assert not tx.defer(stale, moment, "LATE")
    assert _row(store, identifier)["state"] == "open"
    with store.begin() as tx:
        assert tx.complete(identifier, current.token)
    assert _row(store, identifier)["state"] == "done"


def test_what_is_done_is_not_done_again(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add()
    claimed = _claim(store, moment, _ENDED)
    with store.begin() as tx:
        assert tx.complete(identifier, claimed.token)
        assert not tx.complete(identifier, claimed.token)
        assert not tx.postpone(claimed, moment, "LATE", moment, dead=False)
        assert not tx.revive(identifier, moment)
    assert _try_claim(store, moment) is None
    assert _try_claim(store, moment, identifier=identifier) is None


def test_what_is_put_back_keeps_why_and_waits_for_its_time(
    store: SqlStore, add: Add, moment: datetime
) -> None:
    identifier = add()
    with store.begin() as tx:
        assert tx.postpone(_claim_in(tx, moment), moment + _SECOND, "WHY", moment, dead=False)
    assert _try_claim(store, moment) is None
    again = _claim(store, moment + _SECOND)
    assert (again.attempts, again.token, again.due_at) == (2, 2, moment)
    assert _row(store, identifier)["last_error"] == "WHY"


def test_what_is_dead_is_claimed_again_only_when_revived(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add()
    with store.begin() as tx:
        assert not tx.revive(identifier, moment)
        assert tx.postpone(_claim_in(tx, moment), moment, "WHY", moment, dead=True)
    assert (_row(store, identifier)["state"], _try_claim(store, moment + _SECOND)) == ("dead", None)
    with store.begin() as tx:
        assert not tx.revive("0" * 32, moment)
        assert tx.revive(identifier, moment + _SECOND)
        assert not tx.revive(identifier, moment + _SECOND)
    assert _try_claim(store, moment) is None
    again = _claim(store, moment + _SECOND)
    assert (again.attempts, again.token) == (1, 2)


def test_overdue_counts_what_is_open_and_due(store: SqlStore, add: Add, moment: datetime) -> None:
    add("c1.1", due_at=moment - _SECOND)
    add("c1.2", due_at=moment)
    add("c1.3", due_at=moment + _SECOND)
    with store.begin() as tx:
        assert [tx.overdue(moment + n * _SECOND) for n in (-2, -1, 0, 1)] == [0, 1, 2, 3]
        done = tx.claim(moment, _LONG)
        assert done is not None
        assert tx.overdue(moment) == 2
        tx.complete(done.id, done.token)
        assert tx.overdue(moment) == 1


def test_follow_ups_are_listed_by_tenant_and_state_the_next_first(
    store: SqlStore, add: Add, moment: datetime
) -> None:
    later, earlier = add("c1.1"), add("c1.2", due_at=moment - _SECOND)
    other = add("c2.1", due_at=moment + _SECOND, tenant="elsewhere")
    with store.begin() as tx:
        tx.complete(earlier, _claim_in(tx, moment).token)

        def listed(tenant: str | None, state: str | None, limit: int = 100) -> list[str]:
            return [row["id"] for row in tx.follow_ups(tenant, state, limit)]

        assert listed(None, None) == [earlier, later, other]
        assert listed(None, None, 2) == [earlier, later]
        assert listed("county", None) == [earlier, later]
        assert listed("county", "open") == [later]
        assert listed(None, "open") == [later, other]
        assert listed(None, "dead") == []


def test_only_two_of_a_lane_are_leased_at_once(store: SqlStore, moment: datetime) -> None:
    with store.begin() as tx:
        for number in range(3):
            tx.add_follow_ups(
                NewFollowUp("county", "webhook_delivery", f"slow:{number}", "1", moment, "slow")
            )
        tx.add_follow_ups(NewFollowUp("county", "webhook_delivery", "good:1", "1", moment + _SECOND, "good"))
    claimed = [_claim(store, moment + _SECOND).subject.split(":")[0] for _ in range(3)]
    assert claimed == ["slow", "slow", "good"]
    assert _try_claim(store, moment + _SECOND) is None


def test_what_was_not_tried_costs_no_attempt(store: SqlStore, add: Add, moment: datetime) -> None:
    identifier = add()
    with store.begin() as tx:
        assert tx.defer(_claim_in(tx, moment), moment + _SECOND, "CLOSED")
    assert _try_claim(store, moment) is None
    assert _row(store, identifier)["last_error"] == "CLOSED"
    assert _claim(store, moment + _SECOND).attempts == 1
    with store.begin() as tx:
        assert tx.failed_attempts(identifier) == []


def test_parallel_claimers_never_get_the_same_one(
    store: SqlStore, add: Add, moment: datetime, any_database_url: str, sealing: Sealing
) -> None:
    identifiers = {add(f"c1.{number}") for number in range(40)}
    other = SqlStore(any_database_url, sealing)

    def claim_all(own: SqlStore) -> list[FollowUp]:
        found = []
        while claimed := _try_claim(own, moment):
            found.append(claimed)
        return found

    with ThreadPoolExecutor(6) as claimers:
        claimed = [one for found in claimers.map(claim_all, [store, other] * 3) for one in found]
    other.close()
    assert len(claimed) == 40
    assert {one.id for one in claimed} == identifiers
    assert {one.token for one in claimed} == {1}


def test_parallel_doorbells_for_one_follow_up_give_one_claim(
    store: SqlStore, add: Add, moment: datetime
) -> None:
    identifier = add()
    with ThreadPoolExecutor(6) as claimers:
        claims = list(claimers.map(lambda _: _try_claim(store, moment, identifier=identifier), range(12)))
    assert len([claim for claim in claims if claim is not None]) == 1


def _claim_in(tx: Transaction, now: datetime) -> FollowUp:
    claimed = tx.claim(now, _LONG)
    assert claimed is not None
    return claimed
