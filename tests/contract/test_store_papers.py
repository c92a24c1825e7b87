"""The contract of the store, on each engine: drafts of papers, papers, and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import sqlalchemy as sa

from license_service.adapters.sql.store import SqlStore
from license_service.services.papers.ports import PaperDraft, StoredPaper
from license_service.services.records import StoredCase, StoredEvent

CaseOf = Callable[..., StoredCase]
EventOf = Callable[..., StoredEvent]
_PAPER = StoredPaper(
    "CODE1", "county", "c1", 1, "acceptance_notice", "", b'{"a":"\xe7\xa4\xba"}', "a.b.c", "e1"
)


def test_drafts_are_taken_once_in_the_order_of_their_events(
    store: SqlStore, a_case: CaseOf, an_event: EventOf
) -> None:
    case, events = a_case().case, [an_event("c1", seq) for seq in (1, 2)]
    with store.begin() as tx:
        for event in events:
            tx.add_events(event)
        for event in reversed(events):
            tx.add_paper_draft(event, case)
    with store.begin() as tx:
        assert tx.take_paper_drafts("elsewhere", "c1") == []
        assert tx.take_paper_drafts("county", "c2") == []
        assert tx.take_paper_drafts("county", "c1") == [PaperDraft(event, case) for event in events]
        assert tx.take_paper_drafts("county", "c1") == []


def test_drafts_stay_where_the_transaction_that_took_them_fails(
    store: SqlStore, a_case: CaseOf, an_event: EventOf
) -> None:
    event = an_event("c1", 1)
    with store.begin() as tx:
        tx.add_events(event)
        tx.add_paper_draft(event, a_case().case)

    def lose() -> None:
        with store.begin() as tx:
            tx.take_paper_drafts("county", "c1")
            raise KeyError

    with pytest.raises(KeyError):
        lose()
    with store.begin() as tx:
        assert len(tx.take_paper_drafts("county", "c1")) == 1


def test_a_paper_comes_back_as_it_was_by_its_code_and_by_its_case(store: SqlStore) -> None:
    later = replace(_PAPER, code="CODE2", seq=2)
    with store.begin() as tx:
        tx.add_paper(later)
        tx.add_paper(_PAPER)
    with store.begin() as tx:
        assert tx.papers_of("county", "c1") == [_PAPER, later]
        assert tx.papers_of("elsewhere", "c1") == []
        assert tx.paper("CODE1") == _PAPER
        assert tx.paper("CODE3") is None


def test_one_event_brings_a_kind_of_paper_once(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.add_paper(_PAPER)
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        tx.add_paper(replace(_PAPER, code="CODE2"))


def test_numbers_are_counted_apart_and_a_lost_transaction_leaves_no_gap(store: SqlStore) -> None:
    with store.begin() as tx:
        assert [tx.next_paper_number("county", "局", "受", 2026) for _ in range(2)] == [1, 2]
        for other in (("else", "局", "受", 2026), ("county", "委", "受", 2026), ("county", "局", "补", 2026)):
            assert tx.next_paper_number(*other) == 1
        assert tx.next_paper_number("county", "局", "受", 2027) == 1

    def lose() -> None:
        with store.begin() as tx:
            tx.next_paper_number("county", "局", "受", 2026)
            raise KeyError

    with pytest.raises(KeyError):
        lose()
    with store.begin() as tx:
        assert tx.next_paper_number("county", "局", "受", 2026) == 3


def test_numbers_asked_for_at_once_are_all_different(store: SqlStore) -> None:
    together = Barrier(6)

    def ask(_number: int) -> int:
        together.wait()
        with store.begin() as tx:
            return tx.next_paper_number("county", "局", "受", 2026)

    with ThreadPoolExecutor(6) as askers:
        assert sorted(askers.map(ask, range(6))) == [1, 2, 3, 4, 5, 6]
