"""Writers to SQLite wait for one another, in whatever process; readers wait for none of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.adapters.sql.writing_turn import WritingTurn
from license_service.errors import StoreUnavailableError
from license_service.services.records import StoredCase, StoredEvent
from tests.endless import Endless

_HOLD = """
import sys
from pathlib import Path
from license_service.adapters.sql.writing_turn import WritingTurn
with WritingTurn(Path(sys.argv[1]), 1).taken():
    print("taken", flush=True)
    sys.stdin.read()
"""


def test_a_turn_is_had_by_one_until_it_is_given_back(tmp_path: Path) -> None:
    first, second = (WritingTurn(tmp_path / "service.db", 0.05) for _ in range(2))
    with first.taken():
        for other in (first, second):
            with pytest.raises(StoreUnavailableError), other.taken():
                pass
    with second.taken():
        pass


def test_a_process_that_is_killed_gives_its_turn_back(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        with pytest.raises(StoreUnavailableError), WritingTurn(path, 0.05).taken():
            pass
        holder.kill()
    with WritingTurn(path, 0.05).taken():
        pass


def test_a_process_that_always_has_something_to_write_passes_nobody_by(tmp_path: Path) -> None:
    busy, other = (WritingTurn(tmp_path / "service.db", 60) for _ in range(2))
    turns = 0

    def write() -> None:
        nonlocal turns
        with busy.taken():
            time.sleep(0.002)  # as long as a short transaction
            turns += 1

    passed = []
    with Endless([write] * 3):
        for _ in range(9):
            before = turns
            with other.taken():
                passed.append(turns - before)
    assert max(passed) < 100


def test_no_place_for_a_lock_is_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError), WritingTurn(tmp_path / "gone" / "service.db", 1).taken():
        pass


def test_what_reads_cannot_write(
    sqlite_url: str, sealing: Sealing, an_event: Callable[..., StoredEvent]
) -> None:
    store = SqlStore(sqlite_url, sealing)
    with pytest.raises(StoreUnavailableError), store.read() as tx:
        tx.add_events(an_event())
    with store.begin() as tx:
        tx.add_events(an_event())
    store.close()


def test_readers_do_not_wait_for_a_writer(store: SqlStore, an_event: Callable[..., StoredEvent]) -> None:
    event = an_event()
    with store.begin() as writing:
        writing.add_events(event)
        with store.read() as reading:
            assert reading.event("county", event.id) is None
    with store.read() as reading:
        assert reading.event("county", event.id) == event


def test_reading_a_case_does_not_wait_for_whoever_changes_it(
    store: SqlStore, a_case: Callable[..., StoredCase]
) -> None:
    stored = a_case()
    with store.begin() as tx:
        tx.add_case(stored)
    with store.begin() as changing:
        held = changing.case("county", "c1")
        assert held is not None
        changing.save_case(held)
        with store.read() as reading:
            assert reading.case("county", "c1") == held
