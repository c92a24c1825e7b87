"""Open the database so that what is committed stays committed.

SQLite 3.7.0 to 3.51.2 can lose a commit in WAL mode when two connections race (fixed in 3.51.3, and in
3.44.6 and 3.50.7): there, a rollback journal with EXTRA synchronization is used instead.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import resources
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from license_service.adapters.sql.writing_turn import WritingTurn
from license_service.errors import ConfigurationError

_FIRST_AFFECTED, _FIRST_FIXED = (3, 7, 0), (3, 51, 3)
_BACKPORTS = ((3, 44, 6), (3, 50, 7))
BUSY_SECONDS = 10
_IDLE_SECONDS = 1.0
READS = "license_service_reads"
"""The option of a connection on which nothing is written."""


def journal_mode(version: tuple[int, ...]) -> tuple[str, str]:
    """Return journal mode and synchronous level for an SQLite version."""
    backported = any(version[:2] == fixed[:2] and version >= fixed for fixed in _BACKPORTS)
    affected = _FIRST_AFFECTED <= version < _FIRST_FIXED and not backported
    return ("TRUNCATE", "EXTRA") if affected else ("WAL", "FULL")


def open_engine(url: str) -> sa.Engine:
    """Open an engine for a `sqlite:///` or `postgresql+psycopg://` URL.

    Raises:
        ConfigurationError: for any other URL; it is not repeated, since it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise ConfigurationError("the database URL is malformed") from error
    if parsed.drivername == "sqlite":
        return _open_sqlite(parsed)
    if parsed.drivername != "postgresql+psycopg":
        raise ConfigurationError("the database URL begins with neither sqlite:/// nor postgresql+psycopg://")
    engine = sa.create_engine(
        parsed,
        pool_size=8,
        connect_args={
            "connect_timeout": 3,
            "options": "-c statement_timeout=5000 -c lock_timeout=5000 "
            "-c idle_in_transaction_session_timeout=10000",
        },
    )
    _ping_after_idling(engine)
    return engine


def reading(engine: sa.Engine) -> sa.Engine:
    """Return the engine for what only reads: PostgreSQL needs no transaction for it, SQLite no turn."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READS: True})
    return engine.execution_options(**{READS: True}, isolation_level="AUTOCOMMIT")


def writing_turn(engine: sa.Engine) -> Callable[[], AbstractContextManager[None]]:
    """Return what a transaction that may write is to be within."""
    if engine.dialect.name == "sqlite":
        return WritingTurn(Path(str(engine.url.database)), BUSY_SECONDS).taken
    return nullcontext


def migrate(engine: sa.Engine) -> None:
    """Bring the schema up to date; processes that start together wait for one another.

    A schema of a newer release is left as it is: migrations only add, so this release runs beside that one.
    """
    config = Config()
    config.set_main_option("script_location", str(resources.files(__package__) / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7242002)"))
        config.attributes["connection"] = connection
        if _is_behind(connection, ScriptDirectory.from_config(config)):
            command.upgrade(config, "head")


def _is_behind(connection: sa.Connection, scripts: ScriptDirectory) -> bool:
    """Tell whether the schema is of an older release than this one, and not of a newer."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return False
    return current is None or current in {script.revision for script in scripts.walk_revisions()}


def _ping_after_idling(engine: sa.Engine) -> None:
    """Ask a connection that idled whether it still lives; one just used is not: each asking is a trip.

    One that dies within that time costs its next user one refused request, to be sent again.
    """

    def put_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def take(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) <= _IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkin", put_back)
    sa.event.listen(engine, "checkout", take)


def _open_sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("the database is the record: SQLite needs a file")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot make the folder {folder}: {error.strerror}") from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    mode, level = journal_mode(sqlite3.sqlite_version_info)

    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute(f"PRAGMA synchronous={level}")
        # What is erased is overwritten, not left in pages that are free.
        connection.execute("PRAGMA secure_delete=ON")

    def begin(connection: sa.Connection) -> None:
        reads = bool(connection.get_execution_options().get(READS))
        connection.exec_driver_sql(f"PRAGMA query_only={int(reads)}")
        # Immediate: a transaction that would have to upgrade its lock later could deadlock.
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", begin)
    return engine
