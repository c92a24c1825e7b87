"""Events of the operator's own in the log: keys, what verdicts rest on, personal data that was taken away.

They are nobody's, so no tenant's feed or webhook has them; auditors read them with the scope `audit:read`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from license_service.audit.entry import encode_entry
from license_service.clock import format_instant
from license_service.services.records import StoredEvent

NOBODY = ""
"""The tenant of these events."""


class OperatorEventKind(StrEnum):
    """What happened; append-only, and apart from what happens to cases."""

    KEY_ROTATED = "key.rotated"
    INPUT_IN_FORCE = "input.in_force"
    INPUTS_EXPORTED = "inputs.exported"
    RETENTION_APPLIED = "retention.applied"
    ERASURES_REPLAYED = "erasures.replayed"
    PERSONAL_DATA_READ = "personal_data.read"


@dataclass(frozen=True)
class Reader:
    """Say who of the operator's people looks, and why: `reason` names a file or an order, never a person."""

    name: str
    reason: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return what an event says of it."""
        return {"by": self.name, "reason": self.reason}


class EventSink(Protocol):
    """Keep an event."""

    def add_events(self, *events: StoredEvent) -> None: ...  # noqa: D102


class AuditorTable(Protocol):
    """Read what auditors ask for."""

    def checkpoints_after(self, size: int, limit: int) -> Sequence[tuple[int, str, bool]]:
        """Return size, note and whether a quorum cosigned it, of checkpoints of more than `size` entries."""

    def operator_events(self, kind: OperatorEventKind) -> Sequence[StoredEvent]:
        """Return the operator's own events of a kind, the oldest first, logged or not yet."""


def record_operator_event(
    tx: EventSink, kind: OperatorEventKind, data: Mapping[str, Any], now: datetime
) -> StoredEvent:
    """Write such an event; `data` holds digests, keys and ids, no personal data."""
    identifier = uuid.uuid4().hex
    entry = {"id": identifier, "kind": kind.value, "time": format_instant(now), "data": dict(data)}
    event = StoredEvent(identifier, NOBODY, None, None, kind.value, encode_entry(entry), now)
    tx.add_events(event)
    return event
