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

from license_service.adapters.sql.schema import follow_up, follow_up_attempt
from license_service.adapters.sql.statements import insert_into
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.following.figures import FailedAttempt
from license_service.services.records import FollowUp, NewFollowUp

_OPEN, _DONE, _DEAD = "open", "done", "dead"
_LANE_WIDTH = 2
"""How many of one lane run at once, in all workers; claims at the same instant may make it some more."""
_LEASE_ENDED = "LEASE_ENDED"
_NO_LEASE_SECONDS = 3600.0
"""What ends later than this was given while the database's clock was ahead: waiting for it may take years."""
POSTGRESQL_TIME = sa.text("SELECT extract(epoch FROM clock_timestamp())::float8")
_SQLITE_TIME = sa.text("SELECT (julianday('now') - 2440587.5) * 86400.0")
_ADDED_POSTGRESQL, _ADDED_SQLITE = (
    insert(follow_up).on_conflict_do_nothing().returning(follow_up.c.id)
    for insert in (postgresql.insert, sqlite.insert)
)
# Nobody holds it: its lease ended, or was given while the clock was ahead.
_IS_FREE = sa.or_(
    follow_up.c.lease_until < sa.bindparam("clock", type_=sa.Double),
    follow_up.c.lease_until > sa.bindparam("ahead", type_=sa.Double),
)
_DUE = (
    sa.select(follow_up)
    .where(follow_up.c.state == _OPEN, follow_up.c.next_at <= sa.bindparam("due", type_=sa.Double), _IS_FREE)
    .order_by(follow_up.c.next_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
# In the words of the partial index: there are as many as run now, among millions that wait.
_FULL_LANES = (
    sa.select(follow_up.c.lane)
    .where(sa.text("state = 'open' AND lease_until > 0"), sa.not_(_IS_FREE), follow_up.c.lane != "")
    .group_by(follow_up.c.lane)
    .having(sa.func.count() >= _LANE_WIDTH)
)
_CLAIMED = sa.update(follow_up).where(follow_up.c.id == sa.bindparam("of"))
_HELD = _CLAIMED.where(follow_up.c.token == sa.bindparam("held"), follow_up.c.state == _OPEN)
"""Built once: every case and follow-up needs them, and building a statement costs more than running it."""


class SqlFollowUpTable(SqlTable):
    """Keep follow-ups."""

    def add_follow_ups(self, *new: NewFollowUp) -> list[str | None]:
        """Add those whose occurrence does not exist."""
        if not new:
            return []
        rows = [_row(item) for item in new]
        added = _ADDED_POSTGRESQL if self._is_postgresql else _ADDED_SQLITE
        made = set(self._connection.execute(added, rows).scalars())
        return [row["id"] if row["id"] in made else None for row in rows]

    def claim(self, now: datetime, lease_seconds: float, *, identifier: str | None = None) -> FollowUp | None:
        """Claim one that is due and not leased, in a lane that is not full."""
        clock = self._clock()
        held = {"clock": clock, "ahead": clock + _NO_LEASE_SECONDS}
        query = _DUE if identifier is None else _DUE.where(follow_up.c.id == identifier)
        if full := self._connection.execute(_FULL_LANES, held).scalars().all():
            query = query.where(follow_up.c.lane.not_in(full))
        row = self._connection.execute(query, {**held, "due": seconds(now)}).one_or_none()
        if row is None:
            return None
        if row.lease_until > 0:
            self._note_failure(row.id, row.token, _LEASE_ENDED, seconds(now))
        token, attempts = row.token + 1, row.attempts + 1
        lease = {"token": token, "attempts": attempts, "lease_until": clock + lease_seconds}
        self._connection.execute(_CLAIMED, {"of": row.id, **lease})
        return FollowUp(
            row.id, row.kind, row.tenant, row.subject, row.occurrence, instant(row.due_at), attempts, token
        )

    def complete(self, identifier: str, token: int) -> bool:
        """Complete, if the token is current."""
        return self._change(identifier, token, state=_DONE, last_error="")

    def postpone(self, claim: FollowUp, next_at: datetime, error: str, now: datetime, *, dead: bool) -> bool:
        """Put back, or to rest."""
        rest = {"state": _DEAD, "dead_at": seconds(now)} if dead else {}
        values = {"next_at": seconds(next_at), "last_error": error, "lease_until": 0.0, **rest}
        is_current = self._change(claim.id, claim.token, **values)
        if is_current:
            self._note_failure(claim.id, claim.token, error, seconds(now))
        return is_current

    def defer(self, claim: FollowUp, next_at: datetime, error: str) -> bool:
        """Put back what was not tried."""
        values = {"next_at": seconds(next_at), "last_error": error, "attempts": claim.attempts - 1}
        return self._change(claim.id, claim.token, lease_until=0.0, **values)

    def follow_ups(self, tenant: str | None, state: str | None, limit: int) -> Sequence[dict[str, Any]]:
        """List follow-ups, the next first."""
        query = sa.select(follow_up).order_by(follow_up.c.next_at).limit(limit)
        if tenant is not None:
            query = query.where(follow_up.c.tenant == tenant)
        if state is not None:
            query = query.where(follow_up.c.state == state)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def follow_up(self, identifier: str) -> dict[str, Any] | None:
        """Return one."""
        query = sa.select(follow_up).where(follow_up.c.id == identifier)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)

    def failed_attempts(self, identifier: str) -> Sequence[FailedAttempt]:
        """Return the attempts that failed."""
        attempt = follow_up_attempt.c
        query = sa.select(follow_up_attempt).where(attempt.follow_up_id == identifier).order_by(attempt.token)
        rows = self._connection.execute(query)
        return [FailedAttempt(row.token, instant(row.failed_at), row.code) for row in rows]

    def revive(self, identifier: str, now: datetime) -> bool:
        """Open a dead follow-up again."""
        statement = (
            sa.update(follow_up)
            .where(follow_up.c.id == identifier, follow_up.c.state == _DEAD)
            .values(state=_OPEN, attempts=0, next_at=seconds(now), dead_at=None)
        )
        return self._connection.execute(statement).rowcount == 1

    def overdue(self, now: datetime) -> int:
        """Count open follow-ups whose time has come."""
        query = sa.select(sa.func.count()).select_from(follow_up)
        due = query.where(follow_up.c.state == _OPEN, follow_up.c.next_at <= seconds(now))
        return int(self._connection.execute(due).scalar_one())

    def _note_failure(self, identifier: str, token: int, code: str, at: float) -> None:
        row = {"follow_up_id": identifier, "token": token, "failed_at": at, "code": code}
        self._connection.execute(insert_into(follow_up_attempt), row)

    def _change(self, identifier: str, token: int, **values: object) -> bool:
        return self._connection.execute(_HELD, {"of": identifier, "held": token, **values}).rowcount == 1

    def _clock(self) -> float:
        time = POSTGRESQL_TIME if self._is_postgresql else _SQLITE_TIME
        return float(self._connection.execute(time).scalar_one())


def _row(new: NewFollowUp) -> dict[str, Any]:
    due = seconds(new.due_at)
    row = {**vars(new), "id": uuid.uuid4().hex, "due_at": due, "next_at": due, "state": _OPEN}
    return row | {"attempts": 0, "token": 0, "lease_until": 0.0, "last_error": ""}
