"""What time it is at the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from license_service.adapters.sql.engine import open_engine
from license_service.adapters.sql.follow_up_table import POSTGRESQL_TIME
from license_service.adapters.sql.table import instant
from license_service.errors import StoreUnavailableError


def database_time(url: str) -> Callable[[], datetime]:
    """Return what reads the database's time, over a connection of its own; SQLite's is that of this machine.

    Raises:
        ConfigurationError: if the URL is not usable; what is returned raises StoreUnavailableError.
    """
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        return lambda: datetime.now(UTC)

    def read() -> datetime:
        try:
            with engine.connect() as connection:
                return instant(connection.execute(POSTGRESQL_TIME).scalar_one())
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise StoreUnavailableError("the database does not tell the time") from error

    return read
