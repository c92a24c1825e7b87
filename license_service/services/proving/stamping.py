"""Have checkpoints stamped by a timestamp authority, and publish what it gives.

Nothing waits for it: an authority that is down or wrong leaves a checkpoint without a stamp, and the bound on
time without an anchor says when that is too long. What an auditor would refuse is never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from license_service.audit.errors import AuditError
from license_service.audit.stamps import StampAuthority, open_stamp
from license_service.audit.witness import text_of
from license_service.clock import Clock
from license_service.services.outside import TimestampAuthority
from license_service.services.ports import LogPublication, Store, Transaction
from license_service.services.proving.stamps import StoredStamp

_AGAIN = timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(minutes=5)
"""More than clocks that are kept differ by; a stamp further off is of no use to either side."""

TIME_OFF, EARLIER = "STAMP_TIME_OFF", "STAMP_EARLIER_THAN_LAST"
"""Why a stamp is not kept: its time is not ours, or before that of the checkpoint stamped last."""


class StampingService:
    """Ask for stamps, one for each `every` at most."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        client: TimestampAuthority,
        authorities: Sequence[StampAuthority],
        published: LogPublication,
        every: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._client = client
        self._authorities = authorities
        self._published = published
        self._every = every
        self._asked_at: datetime | None = None

    def stamp(self) -> bool:
        """Have the newest checkpoint stamped if it is time to; tell whether it was."""
        now = self._clock.now()
        with self._store.read() as tx:
            last, problem = tx.last_stamp(), tx.stamp_problem()
            target = _target(tx, last.size if last else 0)
        waits = self._asked_at is not None and now - self._asked_at < _AGAIN
        if target is None or (problem and waits) or (last and not problem and now - last.time < self._every):
            return False
        self._asked_at = now
        try:
            stamp = self._ask(*target, last)
        except AuditError as error:
            with self._store.begin() as tx:
                tx.set_stamp_problem(error.code)
            return False
        with self._store.begin() as tx:
            tx.lock_log()  # two processes may bring stamps at once
            tx.add_stamp(stamp)
            tx.set_stamp_problem("")
        self._published.add_stamp(stamp.size, stamp.token)
        return True

    def standing(self) -> tuple[StoredStamp | None, str]:
        """Return the last stamp, and why there was none since; empty where there was no need."""
        with self._store.read() as tx:
            return tx.last_stamp(), tx.stamp_problem()

    def _ask(self, size: int, note: str, last: StoredStamp | None) -> StoredStamp:
        text, before = text_of(note), self._clock.now()
        token = self._client.stamp(text.encode())
        time = open_stamp(token, text, self._authorities)
        if not before - _CLOCKS_DIFFER <= time <= self._clock.now() + _CLOCKS_DIFFER:
            raise AuditError(TIME_OFF)
        if last is not None and time < last.time:
            raise AuditError(EARLIER)
        return StoredStamp(size, token, time)


def _target(tx: Transaction, stamped: int) -> tuple[int, str] | None:
    """Return the checkpoint to stamp: of those not covered, the one witnesses have seen, or the last."""
    witnessed, last = tx.witnessed_checkpoint(), tx.last_checkpoint()
    if witnessed is not None and witnessed[0] > stamped:
        return witnessed
    return last if last is not None and last[0] > stamped else None
