"""The contract of the store, on each engine: credit records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from license_service.adapters.sql.store import SqlStore
from license_service.domain.acts import Act, ActKind
from license_service.domain.credit import CreditAction, CreditEntry, CreditRecord
from license_service.domain.standing import StandingMark
from license_service.services.records import StoredCase


def _record(identifier: str, subject: str, since: datetime) -> CreditRecord:
    entry = CreditEntry(
        StandingMark.EXPIRED_DEBT, "matter", since, since + timedelta(days=9), "依据 \u2028", "c1.debt"
    )
    return CreditRecord(identifier, subject, entry)


def test_records_are_found_by_index_the_oldest_first(store: SqlStore, moment: datetime) -> None:
    late, early = _record("a", "one", moment), _record("b", "one", moment - timedelta(days=1))
    with store.begin() as tx:
        for record in (late, early, _record("c", "two", moment)):
            tx.add_credit_record("county", record)
    with store.begin() as tx:
        assert list(tx.credit_records_of("county", "one")) == [early, late]
        assert tx.credit_records_of("elsewhere", "one") == []
        assert tx.credit_records_of("county", "three") == []


def test_a_saved_record_comes_back_changed_and_alone(store: SqlStore, moment: datetime) -> None:
    first, second = _record("a", "one", moment), _record("b", "one", moment)
    changed = first.after(CreditAction.REPAIR, Act(ActKind.REPAIR, "理由", moment, "officer-7"))
    with store.begin() as tx:
        tx.add_credit_record("county", first)
        tx.add_credit_record("county", second)
        tx.save_credit_record("elsewhere", changed)
        assert tx.credit_record("county", "a") == first
        tx.save_credit_record("county", changed)
    with store.begin() as tx:
        assert tx.credit_record("county", "a") == changed
        assert tx.credit_record("county", "b") == second
        assert tx.credit_record("elsewhere", "a") is None


def test_who_acknowledged_a_notice_is_kept_with_the_people(
    store: SqlStore, a_case: Callable[..., StoredCase]
) -> None:
    stored = replace(a_case(), acknowledged_by={"m": "示例甲"})
    with store.begin() as tx:
        tx.add_case(stored)
    with store.begin() as tx:
        assert tx.case("county", "c1") == stored
