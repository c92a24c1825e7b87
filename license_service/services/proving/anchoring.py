"""How long something has been accepted that nobody outside has seen yet, and when that is too long.

An anchor is a checkpoint that a quorum of witnesses cosigned or a timestamp authority stamped. Until there is
one over an event, only the operator's word says that the event is in the log: hence an alarm and, where the
operator's law allows to refuse, an end to accepting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from license_service.clock import Clock
from license_service.errors import LogUnanchoredError
from license_service.services.ports import Store, Transaction

ALARM = "log_unanchored"
_RETRY_SECONDS = 60


class AnchoringService:
    """Measure time without an anchor; `stop` None: accepting never stops, `alarm` None: nothing anchors."""

    def __init__(self, store: Store, clock: Clock, alarm: timedelta | None, stop: timedelta | None) -> None:
        self._store = store
        self._clock = clock
        self._alarm = alarm
        self._stop = stop

    def describe(self, tx: Transaction, now: datetime) -> dict[str, Any]:
        """Say what `/readyz` says of it; `alarm` is there where somebody must look."""
        if self._alarm is None:
            return {}
        waited = _unanchored(tx, now)
        last, problem = tx.last_stamp(), tx.stamp_problem()
        stamp = {"stamp": {"size": last.size if last else 0, "problem": problem}} if last or problem else {}
        alarm = {"alarm": ALARM} if waited > self._alarm else {}
        return {"unanchored_seconds": int(waited.total_seconds()), **stamp, **alarm}

    def require_anchored(self) -> None:
        """Refuse to accept where the log has been without an anchor for too long.

        Raises:
            LogUnanchoredError: if the operator set a bound and it has passed.
        """
        if self._stop is None:
            return
        with self._store.read() as tx:
            waited = _unanchored(tx, self._clock.now())
        if waited > self._stop:
            raise LogUnanchoredError("nothing anchors the log", retry_after=_RETRY_SECONDS)


def _unanchored(tx: Transaction, now: datetime) -> timedelta:
    """Return how long the first event waits that no anchor covers."""
    witnessed, stamp = tx.witnessed_checkpoint(), tx.last_stamp()
    size = max(witnessed[0] if witnessed else 0, stamp.size if stamp else 0)
    since = tx.written_from(size)
    return timedelta(0) if since is None else max(now - since, timedelta(0))
