"""The contract of the store, on each engine: transactions, verifications, cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.domain.agent import Agent, AgentAct
from license_service.domain.application import Person
from license_service.domain.case import CaseState
from license_service.errors import CaseStateError, LicenseServiceError, StoreUnavailableError
from license_service.services.records import StoredCase

CaseOf = Callable[..., StoredCase]
_ANSWER = {"id": "v1", "report": {"name": "示例 \x00 \u2028", "n": [1, None, True]}}


def test_what_is_written_is_there_after_the_transaction(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
    with store.begin() as tx:
        assert tx.verification("county", "v1") == _ANSWER


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, CaseStateError])
def test_nothing_is_written_when_a_transaction_is_left_by_an_exception(
    store: SqlStore, a_case: CaseOf, error: type[BaseException]
) -> None:
    def leave() -> None:
        with store.begin() as tx:
            tx.add_verification("county", "v1", _ANSWER)
            tx.add_case(a_case())
            raise error

    with pytest.raises(error):
        leave()
    with store.begin() as tx:
        assert tx.verification("county", "v1") is None
        assert tx.case("county", "c1") is None


def test_rows_of_another_tenant_are_not_found(store: SqlStore, a_case: CaseOf) -> None:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
        tx.add_case(a_case())
        assert tx.verification("elsewhere", "v1") is None
        assert tx.case("elsewhere", "c1") is None


def test_a_case_keeps_its_agent(store: SqlStore, a_case: CaseOf) -> None:
    person, day = Person("示例丙", "110101199003078515"), date(2026, 3, 2)
    agent = Agent(person, frozenset({AgentAct.APPLY, AgentAct.RECEIVE}), day, day, authorization="0" * 64)
    stored = replace(a_case(), agent=agent)
    with store.begin() as tx:
        tx.add_case(stored)
    with store.begin() as tx:
        assert tx.case("county", "c1") == stored


@pytest.mark.parametrize("legal_person", [None, Person("示例甲", "110101199003078515")])
def test_a_case_comes_back_as_it_was(store: SqlStore, a_case: CaseOf, legal_person: Person | None) -> None:
    stored = a_case(legal_person=legal_person)
    with store.begin() as tx:
        tx.add_case(stored)
    with store.begin() as tx:
        assert tx.case("county", "c1") == stored


def test_saving_a_case_needs_the_version_that_was_read(store: SqlStore, a_case: CaseOf) -> None:
    first = a_case()
    changed = replace(first, case=replace(first.case, state=CaseState.REFUSED))
    with store.begin() as tx:
        tx.add_case(first)
        tx.save_case(changed)
    with pytest.raises(CaseStateError), store.begin() as tx:
        tx.save_case(first)
    with store.begin() as tx:
        assert tx.case("county", "c1") == replace(changed, version=2)
        tx.save_case(replace(first, version=2))


def test_a_store_that_is_opened_again_has_what_was_kept(
    store: SqlStore, any_database_url: str, sealing: Sealing
) -> None:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
    again = SqlStore(any_database_url, sealing)
    with again.begin() as tx:
        assert tx.verification("county", "v1") == _ANSWER
    again.close()


def test_a_store_says_which_engine_it_is(store: SqlStore, any_database_url: str) -> None:
    description = store.describe()
    assert any_database_url.startswith(description["engine"])
    assert ("journal_mode" in description) == (description["engine"] == "sqlite")


def test_a_database_that_is_gone_is_unavailable(
    store: SqlStore, lose_database: Callable[[], None], any_database_url: str, sealing: Sealing
) -> None:
    lose_database()
    with pytest.raises(StoreUnavailableError), store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
    expected: AbstractContextManager[object] = (
        pytest.raises(StoreUnavailableError) if any_database_url.startswith("postgresql") else nullcontext()
    )
    with expected:  # SQLite makes the file anew
        SqlStore(any_database_url, sealing)


def test_a_server_that_ends_the_session_in_a_transaction_is_unavailable(
    postgresql_url: str, postgresql: Path, sealing: Sealing
) -> None:
    store = SqlStore(postgresql_url, sealing)

    def lose_session() -> None:
        with store.begin() as tx:
            tx.add_verification("county", "v1", _ANSWER)
            _end_sessions(postgresql_url, postgresql)
            tx.add_verification("county", "v2", _ANSWER)

    with pytest.raises(StoreUnavailableError):
        lose_session()
    with store.begin() as tx:
        assert tx.verification("county", "v1") is None


def test_a_session_that_ended_while_nobody_asked_is_replaced(
    postgresql_url: str, postgresql: Path, sealing: Sealing
) -> None:
    store = SqlStore(postgresql_url, sealing)
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
    _end_sessions(postgresql_url, postgresql)
    time.sleep(1.1)  # used within a second, it would not be asked whether it lives
    with store.read() as tx:
        assert tx.verification("county", "v1") == _ANSWER


def test_what_is_read_without_a_transaction_is_what_is_committed(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
    with store.read() as tx:
        assert tx.verifications("county", {"v1", "v2"}) == {"v1": _ANSWER}
        assert tx.verifications("elsewhere", {"v1"}) == {}
    with store.begin() as tx:  # the same session writes again
        tx.add_verification("county", "v2", _ANSWER)
    with store.read() as tx:
        assert tx.verifications("county", {"v1", "v2"}).keys() == {"v1", "v2"}


def _end_sessions(url: str, server: Path) -> None:
    with psycopg.connect(host=str(server), user="test", dbname="postgres") as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [sa.make_url(url).database],
        )


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, sealing: Sealing) -> None:
    path = tmp_path / "service.db"
    path.write_bytes(b"this is no database, however long one reads in it " * 100)
    with pytest.raises(StoreUnavailableError):
        SqlStore(f"sqlite:///{path}", sealing)


def test_a_database_whose_file_is_damaged_later_is_unavailable(
    sqlite_url: str, tmp_path: Path, sealing: Sealing
) -> None:
    store = SqlStore(sqlite_url, sealing)
    store.close()
    (tmp_path / "service.db").write_bytes(b"this is no database, however long one reads in it " * 100)
    with pytest.raises(StoreUnavailableError), store.begin() as tx:
        tx.verification("county", "v1")
    with pytest.raises(StoreUnavailableError):
        store.describe()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://h/db",
        "oracle+x://h/db",
        "postgresql://h/db",
        "postgresql+psycopg://h:port/db",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_url_of_no_durable_engine_we_know_is_a_refusal(url: str, sealing: Sealing) -> None:
    with pytest.raises(LicenseServiceError) as refused:
        SqlStore(url, sealing)
    assert refused.value.code == "configuration_invalid"


def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path, sealing: Sealing) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LicenseServiceError) as refused:
        SqlStore(f"sqlite:///{tmp_path / 'file' / 'service.db'}", sealing)
    assert refused.value.code == "configuration_invalid"


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path, sealing: Sealing) -> None:
    with pytest.raises(StoreUnavailableError):
        SqlStore(f"postgresql+psycopg://test@/test?host={tmp_path}", sealing)
