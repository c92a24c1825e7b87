"""Say in the log when what verdicts and deadlines rest on has changed: policy, trust, catalogue, calendar.

Whoever runs a worker with other inputs for an hour and then puts them back leaves two events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from license_service.clock import Clock
from license_service.services.ports import Store, Transaction
from license_service.services.proving.operator_events import OperatorEventKind, record_operator_event


@dataclass(frozen=True)
class InForce:
    """Name an input that is in force, and the keys that signed its release, where any did."""

    name: str
    digest: str
    signed_by: tuple[str, ...] = ()


class ReleaseService:
    """Compare what is in force with what the log said last."""

    def __init__(self, store: Store, clock: Clock, in_force: Callable[[], Sequence[InForce]]) -> None:
        self._store = store
        self._clock = clock
        self._in_force = in_force
        self._noted: Sequence[InForce] = ()

    def note(self) -> int:
        """Write an event for each input that is not what the log says; return how many there were.

        Each process says so once: two that differ while one is replaced do not outshout each other.
        """
        current = self._in_force()
        if current == self._noted:
            return 0
        with self._store.begin() as tx:
            tx.lock_log()  # two processes may find the same change at once
            said = _said(tx)
            changed = [item for item in current if said.get(item.name) != item.digest]
            for item in changed:
                data = {"input": item.name, "digest": item.digest, "before": said.get(item.name)}
                signed = {**data, "signed_by": list(item.signed_by)}
                record_operator_event(tx, OperatorEventKind.INPUT_IN_FORCE, signed, self._clock.now())
        self._noted = current
        return len(changed)


def _said(tx: Transaction) -> dict[str, str]:
    """Return the digest of each input as the log has it."""
    events = tx.operator_events(OperatorEventKind.INPUT_IN_FORCE)
    found = (json.loads(event.entry)["data"] for event in events)
    return {data["input"]: data["digest"] for data in found}
