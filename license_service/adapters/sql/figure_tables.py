"""What operators watch; every query reads an index of what is unfinished, due or recent, never all rows."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from license_service.adapters.sql.schema import breaker, follow_up, follow_up_attempt
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.following.figures import FollowUpFigures


class SqlFigureTable(SqlTable):
    """Count follow-ups and their failures."""

    def figures(self, now: datetime, failures_since: datetime) -> FollowUpFigures:
        """Return the figures of all tenants."""
        count, rows = sa.func.count(), self._connection.execute
        kind, state, attempt = follow_up.c.kind, follow_up.c.state, follow_up_attempt.c
        due = (state == "open", follow_up.c.next_at <= seconds(now))
        unfinished = sa.select(kind, state, count).where(state != "done").group_by(state, kind)
        overdue = sa.select(kind, count, sa.func.min(follow_up.c.next_at)).where(*due).group_by(kind)
        recent = attempt.failed_at > seconds(failures_since)
        failures = sa.select(attempt.code, count).where(recent).group_by(attempt.code)
        open_ones = sa.select(breaker.c.target).where(breaker.c.open_until > seconds(now))
        found = rows(overdue).all()
        oldest = min((row[2] for row in found), default=None)
        return FollowUpFigures(
            unfinished={(row[0], row[1]): row[2] for row in rows(unfinished)},
            overdue={row[0]: row[1] for row in found},
            oldest_due_at=None if oldest is None else instant(oldest),
            failures={row[0]: row[1] for row in rows(failures)},
            open_breakers=list(rows(open_ones.order_by(breaker.c.target)).scalars()),
        )

    def note_breaker(self, target: str, open_until: datetime) -> None:
        """Keep until when a target is not asked."""
        insert = postgresql.insert if self._is_postgresql else sqlite.insert
        statement = insert(breaker).values(target=target, open_until=seconds(open_until))
        update = {"open_until": statement.excluded.open_until}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["target"], set_=update))
