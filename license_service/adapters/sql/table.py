"""What every table has in common: a connection, and instants as seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa


class SqlTable:
    """Work on one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def _is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"


def seconds(moment: datetime) -> float:
    """Return an instant as seconds since 1970."""
    return moment.timestamp()


def instant(value: float) -> datetime:
    """Return seconds since 1970 as an instant."""
    return datetime.fromtimestamp(value, UTC)
