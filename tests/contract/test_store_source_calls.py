"""The contract of the store, on each engine: calls to data sources, counted by hour and dropped in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from license_service.adapters.sql.store import SqlStore
from license_service.services.sharing.source_calls import ANSWERED, KEPT_FOR, CallFigures, SourceCall

_HOUR = timedelta(hours=1)


def test_calls_are_counted_by_source_and_outcome(store: SqlStore, moment: datetime) -> None:
    calls = (("a", ANSWERED, 30), ("a", ANSWERED, 90), ("a", "SOURCE_SILENT", 5000), ("b", ANSWERED, 1))
    with store.begin() as tx:
        for number, call in enumerate(calls):
            tx.count_call(SourceCall(*call), moment + number * _HOUR)
        found = tx.call_figures(moment)
        later = tx.call_figures(moment + 2 * _HOUR)
    assert list(found) == [
        CallFigures("a", ANSWERED, 2, 120, 90, moment + _HOUR),
        CallFigures("a", "SOURCE_SILENT", 1, 5000, 5000, moment + 2 * _HOUR),
        CallFigures("b", ANSWERED, 1, 1, 1, moment + 3 * _HOUR),
    ]
    assert [(item.source, item.outcome) for item in later] == [("a", "SOURCE_SILENT"), ("b", ANSWERED)]


def test_counts_that_are_old_are_dropped(store: SqlStore, moment: datetime) -> None:
    begin = moment.replace(minute=0, second=0, microsecond=0)
    with store.begin() as tx:
        tx.count_call(SourceCall("a", ANSWERED, 1), begin - _HOUR)
        tx.count_call(SourceCall("a", ANSWERED, 1), begin)
        tx.count_call(SourceCall("b", ANSWERED, 1), begin + KEPT_FOR)
        found = tx.call_figures(begin - timedelta(days=99))
    assert [(item.source, item.calls) for item in found] == [("a", 1), ("b", 1)]


def test_no_call_is_lost_where_many_count_at_once(store: SqlStore, moment: datetime) -> None:
    def count(_number: int) -> None:
        with store.begin() as tx:
            tx.count_call(SourceCall("a", ANSWERED, 2), moment)

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(count, range(40)))
    with store.begin() as tx:
        (found,) = tx.call_figures(moment)
    assert (found.calls, found.total_ms) == (40, 80)


def test_open_breakers_are_those_of_all_processes(store: SqlStore, moment: datetime) -> None:
    with store.begin() as tx:
        tx.note_breaker("data:a", moment + _HOUR)
        tx.note_breaker("data:b", moment)
        assert list(tx.open_breakers(moment)) == ["data:a"]
