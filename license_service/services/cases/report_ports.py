"""What reports read of the event table: pages in the order of time, never all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from license_service.services.records import StoredEvent

EventPlace: TypeAlias = tuple[float, int]
"""Where an event stands in the order of time: its second, and its place in the table."""


class CaseEventTable(Protocol):
    """Read events of cases."""

    def case_events(
        self, tenant: str, begin: datetime, end: datetime, after: EventPlace | None, limit: int
    ) -> Sequence[tuple[EventPlace, StoredEvent]]:
        """Return events of a tenant's cases from `begin` up to `end`, from behind a place."""

    def first_events(self, tenant: str, case_ids: Sequence[str]) -> Sequence[StoredEvent]:
        """Return the event that opened each case."""
