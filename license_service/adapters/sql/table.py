"""What every table has in common: a connection, what seals, and instants as seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.vault import Vault


class SqlTable:
    """Work on one connection."""

    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    @property
    def _is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"


def given(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is what it is given when the statement is run.

    So a statement is built once: for what every request asks, building costs more than running.
    """
    return column == sa.bindparam(column.name, type_=column.type)


def seconds(moment: datetime) -> float:
    """Return an instant as seconds since 1970."""
    return moment.timestamp()


def instant(value: float) -> datetime:
    """Return seconds since 1970 as an instant."""
    return datetime.fromtimestamp(value, UTC)
