"""What auditors ask for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from license_service.adapters.sql.log_tables import read_event
from license_service.adapters.sql.schema import checkpoint, event
from license_service.adapters.sql.table import SqlTable
from license_service.services.proving.operator_events import NOBODY, OperatorEventKind
from license_service.services.records import StoredEvent


class SqlAuditorTable(SqlTable):
    """Read checkpoints, and the operator's own events."""

    def checkpoints_after(self, size: int, limit: int) -> Sequence[tuple[int, str, bool]]:
        """Return checkpoints of more than `size` entries, the smallest first."""
        query = sa.select(checkpoint.c.size, checkpoint.c.note, checkpoint.c.witnessed)
        query = query.where(checkpoint.c.size > size).order_by(checkpoint.c.size).limit(limit)
        return [(row.size, row.note, bool(row.witnessed)) for row in self._connection.execute(query)]

    def operator_events(self, kind: OperatorEventKind) -> Sequence[StoredEvent]:
        """Return the operator's own events of a kind, the oldest first."""
        query = sa.select(event).where(event.c.tenant == NOBODY, event.c.kind == kind.value)
        return [read_event(row) for row in self._connection.execute(query.order_by(event.c.position))]
