"""The schema on each engine: made from nothing, again without effect, by processes that start together."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from license_service.adapters.sql.engine import journal_mode, migrate, open_engine
from license_service.adapters.sql.schema import metadata
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing

_OPEN = """
import sys
from license_service.adapters.sql.store import SqlStore
print("ready", flush=True)
sys.stdin.read()
SqlStore(sys.argv[1], None)
"""
_TOGETHER = 5


def _tables(url: str) -> set[str]:
    return set(sa.inspect(sa.create_engine(url)).get_table_names())


def test_an_empty_database_gets_every_table_and_a_second_time_nothing(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    migrate(engine)
    assert _tables(empty_database_url) == {*metadata.tables, "alembic_version"}
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO checkpoint (size, note) VALUES (1, 'kept')"))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT note FROM checkpoint")).scalar_one() == "kept"
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    engine.dispose()


def test_processes_that_start_together_on_an_empty_database_all_succeed(
    empty_database_url: str, sealing: Sealing
) -> None:
    command = [sys.executable, "-c", _OPEN, empty_database_url]
    reading, go = os.pipe()
    started = [subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE) for _ in range(_TOGETHER)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    os.close(go)  # ends the input of all of them at once
    os.close(reading)
    for process in started:
        process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0] * _TOGETHER
    SqlStore(empty_database_url, sealing).close()
    assert _tables(empty_database_url) == {*metadata.tables, "alembic_version"}


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 6, 23), "WAL"),
        ((3, 7, 0), "TRUNCATE"),
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 44, 7), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 0), "TRUNCATE"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_is_used_where_sqlite_does_not_lose_commits_in_it(version: tuple[int, ...], mode: str) -> None:
    assert journal_mode(version) == (mode, "EXTRA" if mode == "TRUNCATE" else "FULL")
