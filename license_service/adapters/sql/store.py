"""Transactions over the tables; see `services/ports.py` for what each method promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from license_service.adapters.sql.auditor_table import SqlAuditorTable
from license_service.adapters.sql.batch_tables import SqlBatchTable
from license_service.adapters.sql.bundle_tables import SqlBundleTable
from license_service.adapters.sql.credit_table import SqlCreditTable
from license_service.adapters.sql.dossier_tables import SqlDossierTable
from license_service.adapters.sql.engine import migrate, open_engine, reading, writing_turn
from license_service.adapters.sql.feedback_tables import SqlFeedbackTable
from license_service.adapters.sql.figure_tables import SqlFigureTable
from license_service.adapters.sql.follow_up_table import SqlFollowUpTable
from license_service.adapters.sql.license_use_tables import SqlLicenseUseTable
from license_service.adapters.sql.log_tables import SqlEventTable, SqlLogTable
from license_service.adapters.sql.paper_tables import SqlPaperTable
from license_service.adapters.sql.record_tables import SqlCaseTable, SqlVerificationTable
from license_service.adapters.sql.report_tables import SqlCaseEventTable
from license_service.adapters.sql.source_call_table import SqlSourceCallTable
from license_service.adapters.sql.stamp_table import SqlStampTable
from license_service.adapters.sql.tenant_tables import SqlIdempotencyTable, SqlKeyTable, SqlWebhookTable
from license_service.adapters.sql.vault import Sealing, Vault
from license_service.errors import StoreUnavailableError
from license_service.services.ports import Transaction


class SqlTransaction(
    SqlVerificationTable,
    SqlBatchTable,
    SqlCaseTable,
    SqlEventTable,
    SqlLogTable,
    SqlStampTable,
    SqlAuditorTable,
    SqlFollowUpTable,
    SqlFigureTable,
    SqlIdempotencyTable,
    SqlKeyTable,
    SqlWebhookTable,
    SqlBundleTable,
    SqlCaseEventTable,
    SqlFeedbackTable,
    SqlCreditTable,
    SqlSourceCallTable,
    SqlPaperTable,
    SqlLicenseUseTable,
    SqlDossierTable,
):
    """All tables over one connection."""


class SqlStore:
    """Open transactions on an engine whose schema is up to date.

    Raises:
        ConfigurationError: if the URL is not usable.
        StoreUnavailableError: if the database does not answer.
    """

    def __init__(self, url: str, sealing: Sealing) -> None:
        self._engine, self._sealing = open_engine(url), sealing
        self._reading, self._turn = reading(self._engine), writing_turn(self._engine)
        with _answering():
            migrate(self._engine)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read, in no transaction or in one that is in no writer's way.

        Raises:
            StoreUnavailableError: if the database does not answer or is busy for too long.
        """
        with _answering(), self._reading.begin() as connection:
            yield SqlTransaction(connection, Vault(connection, self._sealing))

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Begin a transaction.

        Raises:
            StoreUnavailableError: if the database does not answer or is busy for too long.
        """
        with self._turn(), _answering(), self._engine.begin() as connection:
            vault = Vault(connection, self._sealing)
            yield SqlTransaction(connection, vault)
            vault.flush()

    def describe(self) -> dict[str, str]:
        """Say which engine it is, and for SQLite which journal.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        if self._engine.dialect.name != "sqlite":
            return {"engine": self._engine.dialect.name}
        with _answering(), self._reading.begin() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        return {"engine": "sqlite", "version": str(version), "journal_mode": str(mode).upper()}

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
        raise StoreUnavailableError("the database does not answer") from error
    except sa.exc.DatabaseError as error:
        # SQLite says so of a damaged file; every subclass says that a statement of ours is wrong.
        if type(error) is not sa.exc.DatabaseError:
            raise
        raise StoreUnavailableError("the database is damaged") from error
