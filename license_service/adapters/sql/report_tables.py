"""Pages of events for reports; each query reads an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from license_service.adapters.sql.log_tables import read_event
from license_service.adapters.sql.schema import event
from license_service.adapters.sql.table import SqlTable, seconds
from license_service.services.cases.report_ports import EventPlace
from license_service.services.records import StoredEvent


class SqlCaseEventTable(SqlTable):
    """Read events of cases."""

    def case_events(
        self, tenant: str, begin: datetime, end: datetime, after: EventPlace | None, limit: int
    ) -> Sequence[tuple[EventPlace, StoredEvent]]:
        """Return events of a tenant's cases from `begin` up to `end`, from behind a place."""
        place = sa.tuple_(event.c.created_at, event.c.position)
        query = sa.select(event).where(
            event.c.tenant == tenant, event.c.case_id.is_not(None), event.c.created_at < seconds(end)
        )
        from_here = event.c.created_at >= seconds(begin) if after is None else place > sa.tuple_(*after)
        ordered = query.where(from_here).order_by(event.c.created_at, event.c.position)
        rows = self._connection.execute(ordered.limit(limit))
        return [((row.created_at, row.position), read_event(row)) for row in rows]

    def first_events(self, tenant: str, case_ids: Sequence[str]) -> Sequence[StoredEvent]:
        """Return the event that opened each case."""
        query = sa.select(event).where(
            event.c.case_id.in_(case_ids), event.c.seq == 1, event.c.tenant == tenant
        )
        return [read_event(row) for row in self._connection.execute(query)]
