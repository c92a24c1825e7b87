"""Say in the log that somebody of the operator's looks at personal data, before it is shown."""

from __future__ import annotations

from license_service.clock import Clock
from license_service.services.ports import Store
from license_service.services.proving.operator_events import (
    OperatorEventKind,
    Reader,
    record_operator_event,
)


class ReadingService:
    """Note what commands of the operator show of verdicts that are kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def note(self, reader: Reader, command: str, verification: str) -> None:
        """Note that a command shows members of a kept report; by its id, never by what it says."""
        data = {**reader.to_json(), "command": command, "verification": verification}
        with self._store.begin() as tx:
            record_operator_event(tx, OperatorEventKind.PERSONAL_DATA_READ, data, self._clock.now())
