"""What an auditor follows: checkpoints, signing keys, changes of inputs, exports of personal data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from license_service.clock import format_instant
from license_service.services.caller import Caller, Scope
from license_service.services.ports import Store
from license_service.services.proving.key_records import KeyRecord, KeyRing
from license_service.services.proving.operator_events import OperatorEventKind
from license_service.services.records import StoredEvent

ReleaseRecord = Callable[[str], Mapping[str, str] | None]
"""Return who wrote and who released a catalogue, by its digest; None where there is no record."""


class AuditingService:
    """Answer `/v1/audit`; it reads alone."""

    def __init__(self, store: Store, rings: Mapping[str, KeyRing], release_record: ReleaseRecord) -> None:
        self._store = store
        self._rings = rings
        self._release_record = release_record

    def checkpoints(self, caller: Caller, after: int, limit: int) -> dict[str, Any]:
        """Return checkpoints of more than `after` entries, the smallest first, with what anchors each.

        Raises:
            ForbiddenError: without the scope.
        """
        caller.require(Scope.AUDIT_READ)
        with self._store.read() as tx:
            found = tx.checkpoints_after(after, limit)
            times = {stamp.size: stamp.time for stamp in tx.stamps(after, found[-1][0] if found else after)}
        checkpoints = [
            {
                "size": size,
                "note": note,
                "witnessed": witnessed,
                "stamped_at": format_instant(times[size]) if size in times else None,
            }
            for size, note, witnessed in found
        ]
        return {"checkpoints": checkpoints, "next": found[-1][0] if found else after}

    def keys(self, caller: Caller) -> dict[str, Any]:
        """Return every key that ever signed checkpoints, papers or tokens, and what rotations stated.

        Raises:
            ForbiddenError: without the scope.
        """
        rotations = self._events(caller, OperatorEventKind.KEY_ROTATED)
        keys = [_key(use, record) for use, ring in self._rings.items() for record in ring.records()]
        return {"keys": keys, "rotations": rotations}

    def inputs(self, caller: Caller) -> dict[str, Any]:
        """Return each change of what verdicts and deadlines rest on, with who released a catalogue.

        Raises:
            ForbiddenError: without the scope.
        """
        changes = self._events(caller, OperatorEventKind.INPUT_IN_FORCE)
        return {"changes": [{**change, "release": self._release(change)} for change in changes]}

    def exports(self, caller: Caller) -> dict[str, Any]:
        """Return each export of reports and documents by the operator.

        Raises:
            ForbiddenError: without the scope.
        """
        return {"exports": self._events(caller, OperatorEventKind.INPUTS_EXPORTED)}

    def readings(self, caller: Caller) -> dict[str, Any]:
        """Return each time a command of the operator showed personal data of a kept verdict.

        Raises:
            ForbiddenError: without the scope.
        """
        return {"readings": self._events(caller, OperatorEventKind.PERSONAL_DATA_READ)}

    def retention(self, caller: Caller) -> dict[str, Any]:
        """Return the reports of the nightly eraser, and when erasures were replayed on a restored backup.

        Raises:
            ForbiddenError: without the scope.
        """
        return {
            "runs": self._events(caller, OperatorEventKind.RETENTION_APPLIED),
            "replays": self._events(caller, OperatorEventKind.ERASURES_REPLAYED),
        }

    def _events(self, caller: Caller, kind: OperatorEventKind) -> list[dict[str, Any]]:
        caller.require(Scope.AUDIT_READ)
        with self._store.read() as tx:
            return [_event(event) for event in tx.operator_events(kind)]

    def _release(self, change: Mapping[str, Any]) -> Mapping[str, str] | None:
        data = change["entry"]["data"]
        return self._release_record(data["digest"]) if data["input"] == "catalogue" else None


def _event(event: StoredEvent) -> dict[str, Any]:
    """Return an entry with its index in the log, null while it has none."""
    return {"index": event.leaf_index, "entry": json.loads(event.entry)}


def _key(use: str, record: KeyRecord) -> dict[str, Any]:
    return {
        "use": use,
        "id": record.id,
        "algorithm": record.algorithm,
        "verifier": record.verifier,
        "state": record.state.value,
        "created": format_instant(record.created),
        "not_before": format_instant(record.not_before),
        "not_after": format_instant(record.not_after) if record.not_after else None,
    }
