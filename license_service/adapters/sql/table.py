"""What every table has in common: a connection, what seals, and instants as seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from license_service.adapters.sql.vault import Vault


class SqlTable:
    """Work on one connection."""

    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    @property
    def _is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _run_for_each(
        self, rows: Sequence[Mapping[str, Any]], statement: sa.Executable, at_once: sa.Executable
    ) -> None:
        """Run a statement for each row: on PostgreSQL as one over `given_rows`, at a third of the time."""
        if rows and self._is_postgresql:
            self._connection.execute(at_once, {name: [row[name] for row in rows] for name in rows[0]})
        elif rows:
            self._connection.execute(statement, rows)


def given(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is what it is given when the statement is run.

    So a statement is built once: for what every request asks, building costs more than running.
    """
    return column == sa.bindparam(column.name, type_=column.type)


def given_rows(**columns: TypeEngine[Any]) -> sa.TableValuedAlias:
    """Return the rows that a statement is given when it is run on PostgreSQL, as an array for each column."""
    arrays = (sa.bindparam(name, type_=ARRAY(kind)) for name, kind in columns.items())
    return sa.func.unnest(*arrays).table_valued(*columns).render_derived()


def seconds(moment: datetime) -> float:
    """Return an instant as seconds since 1970."""
    return moment.timestamp()


def instant(value: float) -> datetime:
    """Return seconds since 1970 as an instant."""
    return datetime.fromtimestamp(value, UTC)
