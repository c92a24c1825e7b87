"""Statements that are built once: for what every request asks, building costs more than running."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa


@cache
def insert_into(table: sa.Table) -> sa.Insert:
    """Return the statement that inserts rows it is given when it is run."""
    return sa.insert(table)


def given(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is what it is given when the statement is run."""
    return column == sa.bindparam(column.name, type_=column.type)


def given_rows(*columns: sa.ColumnClause[Any]) -> sa.TableValuedAlias:
    """Return the rows that a statement is given when it is run on PostgreSQL; bytes are in hexadecimal.

    They go as one JSON text: the driver needs three times as long for an array of each column.
    """
    rows = sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON)
    return sa.func.json_to_recordset(rows).table_valued(*columns).render_derived(with_types=True)
