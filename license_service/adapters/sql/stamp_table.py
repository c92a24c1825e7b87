"""Stamps on checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import checkpoint, checkpoint_stamp, event, log_state
from license_service.adapters.sql.statements import insert_into
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.proving.stamps import StoredStamp


class SqlStampTable(SqlTable):
    """Keep stamps."""

    def add_stamp(self, stamp: StoredStamp) -> None:
        """Keep a stamp, unless another process has brought one for that checkpoint."""
        if self.stamp(stamp.size) is None:
            row = {"size": stamp.size, "token": stamp.token, "time": seconds(stamp.time)}
            self._connection.execute(insert_into(checkpoint_stamp), row)

    def last_stamp(self) -> StoredStamp | None:
        """Return the stamp on the largest checkpoint that has one."""
        query = sa.select(checkpoint_stamp).order_by(checkpoint_stamp.c.size.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _stamp(row)

    def stamp(self, size: int) -> StoredStamp | None:
        """Return the stamp on the checkpoint of that size."""
        query = sa.select(checkpoint_stamp).where(checkpoint_stamp.c.size == size)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _stamp(row)

    def stamps(self, begin: int, end: int, *, witnessed: bool = False) -> Sequence[StoredStamp]:
        """Return the stamps between two sizes, of those witnessed or of all."""
        size = checkpoint_stamp.c.size
        query = sa.select(checkpoint_stamp).where(size > begin, size <= end).order_by(size)
        if witnessed:
            query = query.join(checkpoint, checkpoint.c.size == size).where(checkpoint.c.witnessed)
        return [_stamp(row) for row in self._connection.execute(query)]

    def stamp_problem(self) -> str:
        """Return why there is no stamp."""
        return str(self._connection.execute(sa.select(log_state.c.stamp_problem)).scalar_one())

    def set_stamp_problem(self, code: str) -> None:
        """Keep why there is no stamp."""
        self._connection.execute(sa.update(log_state).values(stamp_problem=code))

    def written_from(self, size: int) -> datetime | None:
        """Return when the entry of index `size` was written, or the first event without an index."""
        logged = sa.select(event.c.created_at).where(event.c.leaf_index == size)
        waiting = sa.select(event.c.created_at).where(event.c.leaf_index.is_(None))
        found = self._connection.execute(logged).scalar()
        if found is None:
            found = self._connection.execute(waiting.order_by(event.c.position).limit(1)).scalar()
        return None if found is None else instant(found)


def _stamp(row: sa.Row[Any]) -> StoredStamp:
    return StoredStamp(row.size, bytes(row.token), instant(row.time))
