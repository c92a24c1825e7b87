"""Follow-ups: claimed by lease and fencing token.

Whether one is due is asked of the service's clock, which a demonstration may move. Leases are counted by
the database's clock, the only one that all workers share.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from license_service.adapters.sql.schema import follow_up
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.ports import FollowUp, NewFollowUp

_OPEN, _DONE, _DEAD = "open", "done", "dead"


class SqlFollowUpTable(SqlTable):
    """Keep follow-ups."""

    def add_follow_up(self, new: NewFollowUp) -> str | None:
        """Add one, unless that occurrence exists."""
        due = seconds(new.due_at)
        row = {**vars(new), "id": uuid.uuid4().hex, "due_at": due, "next_at": due, "state": _OPEN}
        row |= {"attempts": 0, "token": 0, "lease_until": 0.0, "last_error": ""}
        insert = postgresql.insert if self._is_postgresql else sqlite.insert
        statement = insert(follow_up).values(row).on_conflict_do_nothing().returning(follow_up.c.id)
        return self._connection.execute(statement).scalar_one_or_none()

    def claim(self, now: datetime, lease_seconds: float, *, identifier: str | None = None) -> FollowUp | None:
        """Claim one that is due and not leased."""
        clock = self._clock()
        query = sa.select(follow_up).where(
            follow_up.c.state == _OPEN, follow_up.c.next_at <= seconds(now), follow_up.c.lease_until < clock
        )
        if identifier is not None:
            query = query.where(follow_up.c.id == identifier)
        query = query.order_by(follow_up.c.next_at).limit(1).with_for_update(skip_locked=True)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        token, attempts = row.token + 1, row.attempts + 1
        self._connection.execute(
            sa.update(follow_up)
            .where(follow_up.c.id == row.id)
            .values(token=token, attempts=attempts, lease_until=clock + lease_seconds)
        )
        return FollowUp(
            row.id, row.kind, row.tenant, row.subject, row.occurrence, instant(row.due_at), attempts, token
        )

    def complete(self, identifier: str, token: int) -> bool:
        """Complete, if the token is current."""
        return self._change(identifier, token, state=_DONE, last_error="")

    def postpone(self, identifier: str, token: int, next_at: datetime, error: str, *, dead: bool) -> bool:
        """Put back, or to rest."""
        state = _DEAD if dead else _OPEN
        return self._change(
            identifier, token, state=state, next_at=seconds(next_at), last_error=error, lease_until=0.0
        )

    def follow_ups(self, tenant: str | None, state: str | None) -> Sequence[dict[str, Any]]:
        """List follow-ups, the next first."""
        query = sa.select(follow_up).order_by(follow_up.c.next_at).limit(1000)
        if tenant is not None:
            query = query.where(follow_up.c.tenant == tenant)
        if state is not None:
            query = query.where(follow_up.c.state == state)
        return [dict(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001 - public in SQLAlchemy

    def revive(self, identifier: str, now: datetime) -> bool:
        """Open a dead follow-up again."""
        statement = (
            sa.update(follow_up)
            .where(follow_up.c.id == identifier, follow_up.c.state == _DEAD)
            .values(state=_OPEN, attempts=0, next_at=seconds(now))
        )
        return self._connection.execute(statement).rowcount == 1

    def overdue(self, now: datetime) -> int:
        """Count open follow-ups whose time has come."""
        query = sa.select(sa.func.count()).select_from(follow_up)
        due = query.where(follow_up.c.state == _OPEN, follow_up.c.next_at <= seconds(now))
        return int(self._connection.execute(due).scalar_one())

    def _change(self, identifier: str, token: int, **values: object) -> bool:
        current = (follow_up.c.id == identifier, follow_up.c.token == token, follow_up.c.state == _OPEN)
        statement = sa.update(follow_up).where(*current).values(**values)
        return self._connection.execute(statement).rowcount == 1

    def _clock(self) -> float:
        text = (
            "SELECT extract(epoch FROM clock_timestamp())::float8"
            if self._is_postgresql
            else "SELECT (julianday('now') - 2440587.5) * 86400.0"
        )
        return float(self._connection.execute(sa.text(text)).scalar_one())
