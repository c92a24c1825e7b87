"""Calls to data sources, a row for each source, hour and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from license_service.adapters.sql.schema import breaker, source_call
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.sharing.source_calls import KEPT_FOR, CallFigures, SourceCall

_HOUR_SECONDS = 3600


class SqlSourceCallTable(SqlTable):
    """Count calls."""

    def count_call(self, call: SourceCall, now: datetime) -> None:
        """Count one, and drop what is old with the first of an hour."""
        insert = postgresql.insert if self._is_postgresql else sqlite.insert
        column, hour = source_call.c, _hour(now)
        statement = insert(source_call).values(
            source=call.source,
            hour=hour,
            outcome=call.outcome,
            calls=1,
            total_ms=call.milliseconds,
            longest_ms=call.milliseconds,
            last_at=seconds(now),
        )
        longer = statement.excluded.longest_ms > column.longest_ms
        update = {
            "calls": column.calls + 1,
            "total_ms": column.total_ms + statement.excluded.total_ms,
            "longest_ms": sa.case((longer, statement.excluded.longest_ms), else_=column.longest_ms),
            "last_at": statement.excluded.last_at,
        }
        key = ["source", "hour", "outcome"]
        counted = statement.on_conflict_do_update(index_elements=key, set_=update).returning(column.calls)
        if self._connection.execute(counted).scalar_one() == 1:
            self._connection.execute(sa.delete(source_call).where(column.hour < _hour(now - KEPT_FOR)))

    def call_figures(self, since: datetime) -> Sequence[CallFigures]:
        """Return the figures by source and outcome."""
        column, total, most = source_call.c, sa.func.sum, sa.func.max
        statement = (
            sa.select(
                column.source,
                column.outcome,
                total(column.calls),
                total(column.total_ms),
                most(column.longest_ms),
                most(column.last_at),
            )
            .where(column.hour >= _hour(since))
            .group_by(column.source, column.outcome)
            .order_by(column.source, column.outcome)
        )
        rows = self._connection.execute(statement)
        return [CallFigures(r[0], r[1], int(r[2]), int(r[3]), int(r[4]), instant(r[5])) for r in rows]

    def open_breakers(self, now: datetime) -> Sequence[str]:
        """Return the targets that are not asked for now."""
        statement = sa.select(breaker.c.target).where(breaker.c.open_until > seconds(now))
        return list(self._connection.execute(statement).scalars())


def _hour(moment: datetime) -> int:
    return int(seconds(moment)) // _HOUR_SECONDS
