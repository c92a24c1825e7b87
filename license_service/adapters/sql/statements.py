"""Statements that are built once: for what every request asks, building costs more than running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa


@cache
def insert_into(table: sa.Table) -> sa.Insert:
    """Return the statement that inserts rows it is given when it is run."""
    return sa.insert(table)


def insert_one(connection: sa.Connection, statement: sa.Insert, row: Mapping[str, object]) -> None:
    """Insert a row whose values the driver takes as they are.

    Looked up rather than compiled, the statement costs a fifth less in the process that runs it: enough to
    matter for the one that nearly every transaction has.
    """
    text, places = _text(statement, connection.dialect, tuple(row))
    connection.exec_driver_sql(text, tuple(map(row.__getitem__, places)) if places else dict(row))


@cache
def _text(statement: sa.Insert, dialect: sa.Dialect, names: tuple[str, ...]) -> tuple[str, Sequence[str]]:
    """Return a statement as the driver takes it, and the order of its values where they have no names."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    return str(compiled), compiled.positiontup or ()


@cache
def locked(query: sa.Select[Any], of: sa.Table | None = None) -> sa.Select[Any]:
    """Return a query, itself built once, so that it locks the rows it reads."""
    return query.with_for_update(of=of)


def given(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is what it is given when the statement is run."""
    return column == sa.bindparam(column.name, type_=column.type)


def given_rows(*columns: sa.ColumnClause[Any]) -> sa.TableValuedAlias:
    """Return the rows that a statement is given when it is run on PostgreSQL; bytes are in hexadecimal.

    They go as one JSON text: the driver needs three times as long for an array of each column.
    """
    rows = sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON)
    return sa.func.json_to_recordset(rows).table_valued(*columns).render_derived(with_types=True)
