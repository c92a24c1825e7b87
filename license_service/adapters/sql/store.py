"""Transactions over the tables; see `services/ports.py` for what each method promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from license_service.adapters.sql.batch_tables import SqlBatchTable
from license_service.adapters.sql.engine import migrate, open_engine
from license_service.adapters.sql.follow_up_table import SqlFollowUpTable
from license_service.adapters.sql.log_tables import SqlEventTable, SqlLogTable
from license_service.adapters.sql.record_tables import SqlCaseTable, SqlVerificationTable
from license_service.adapters.sql.tenant_tables import SqlIdempotencyTable, SqlKeyTable, SqlWebhookTable
from license_service.errors import StoreUnavailableError
from license_service.services.ports import Transaction


class SqlTransaction(
    SqlVerificationTable,
    SqlBatchTable,
    SqlCaseTable,
    SqlEventTable,
    SqlLogTable,
    SqlFollowUpTable,
    SqlIdempotencyTable,
    SqlKeyTable,
    SqlWebhookTable,
):
    """All tables over one connection."""


class SqlStore:
    """Open transactions on an engine whose schema is up to date."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        try:
            migrate(self._engine)
        except sa.exc.OperationalError as error:
            raise StoreUnavailableError("the database does not answer") from error

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Begin a transaction.

        Raises:
            StoreUnavailableError: if the database does not answer or is busy for too long.
        """
        try:
            with self._engine.begin() as connection:
                yield SqlTransaction(connection)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            raise StoreUnavailableError("the database does not answer") from error

    def describe(self) -> dict[str, str]:
        """Say which engine it is, and for SQLite which journal."""
        if self._engine.dialect.name != "sqlite":
            return {"engine": self._engine.dialect.name}
        with self._engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        return {"engine": "sqlite", "version": str(version), "journal_mode": str(mode).upper()}

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
