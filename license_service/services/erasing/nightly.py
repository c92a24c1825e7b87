"""Erase every night what its time is over for, and report it in the log.

A follow-up a day: its lease lets one worker do it. It takes a page at a time, each dossier in a transaction
of its own, and a page that was full brings a follow-up for the next.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.obligation import FollowUpKind
from license_service.domain.retention import ErasureReason, RetentionPolicy
from license_service.errors import ErasedError, NotFoundError
from license_service.services.erasing.custody import Custody, look_after
from license_service.services.erasing.dossiers import Dossier
from license_service.services.erasing.eraser import Eraser, ErasureGrounds
from license_service.services.following.outcomes import Effect
from license_service.services.ports import Store, Transaction
from license_service.services.proving.operator_events import NOBODY, OperatorEventKind, record_operator_event
from license_service.services.records import FollowUp, NewFollowUp

PAGE = 100
"""Dossiers of one follow-up: each takes some milliseconds, and a lease is 30 s."""
_HOUR = 3
_SUBJECT = "retention"


@dataclass(frozen=True)
class RetentionRun:
    """Say what one page came to: how many were looked at, what was erased by class, and where to go on."""

    looked_at: int = 0
    erased: tuple[str, ...] = ()
    following: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what the log says."""
        return {"looked_at": self.looked_at, "erased": dict(sorted(Counter(self.erased).items()))}


class RetentionService:
    """Apply the retention policy."""

    def __init__(self, store: Store, clock: Clock, policy: RetentionPolicy, eraser: Eraser) -> None:
        self._store, self._clock, self._policy, self._eraser = store, clock, policy, eraser

    def schedule(self) -> str | None:
        """Ask for tonight's run, once; return the id of the follow-up where it is new."""
        today = self._clock.now().astimezone(SHANGHAI)
        night = today.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
        due = night if night > today else night + timedelta(days=1)
        with self._store.begin() as tx:
            return tx.add_follow_ups(_follow_up(due, f"{due.date()} "))[0]

    def handle(self, claimed: FollowUp) -> Effect:
        """Run a page of the night; its effect is the report, and the next page."""
        night, _, after = claimed.occurrence.partition(" ")
        done = self.page(after)

        def effect(tx: Transaction, now: datetime) -> None:
            report(tx, done, night, now)
            if done.following:
                tx.add_follow_ups(_follow_up(now, f"{night} {done.following}"))

        return effect

    def all(self) -> RetentionRun:
        """Run every page now, and report it."""
        found, after = RetentionRun(), ""
        while True:
            page = self.page(after)
            found = replace(
                found, looked_at=found.looked_at + page.looked_at, erased=found.erased + page.erased
            )
            after = page.following
            if not after:
                break
        now = self._clock.now()
        with self._store.begin() as tx:
            report(tx, found, now.astimezone(SHANGHAI).date().isoformat(), now)
        return found

    def page(self, after: str) -> RetentionRun:
        """Erase what is over among the next dossiers, from behind one."""
        now = self._clock.now()
        with self._store.read() as tx:
            page = tx.kept_dossiers(self._policy.shortest(now), after, PAGE)
        erasure = uuid.uuid4().hex
        erased = [name for dossier in page if (name := self._apply(dossier, erasure, now))]
        return RetentionRun(len(page), tuple(erased), _following(page))

    def _apply(self, dossier: Dossier, erasure: str, now: datetime) -> str:
        """Erase a dossier if its time is over; return its class, or nothing."""
        with self._store.begin() as tx:
            found = self._ended(tx, dossier.id, now)
            if found is None:
                return ""
            grounds = ErasureGrounds(erasure, ErasureReason.RETENTION_OVER, found.kept_by.basis)
            self._eraser.erase(tx, [found], grounds, now)
            return found.kept_by.name

    def _ended(self, tx: Transaction, identifier: str, now: datetime) -> Custody | None:
        """Lock a dossier, and return it if its time is over and nobody erased it since it was read."""
        for dossier in tx.dossiers([identifier]):
            if dossier.erased_at is None:
                try:
                    found = look_after(tx, self._policy, dossier)
                except (ErasedError, NotFoundError):
                    return None
                return found if found.is_ended(now) else None
        return None


def report(tx: Transaction, done: RetentionRun, night: str, now: datetime) -> None:
    """Say in the log what a run came to."""
    data = {"night": night, **done.to_json()}
    record_operator_event(tx, OperatorEventKind.RETENTION_APPLIED, data, now)


def _following(page: Sequence[Dossier]) -> str:
    return page[-1].id if len(page) == PAGE else ""


def _follow_up(due: datetime, occurrence: str) -> NewFollowUp:
    return NewFollowUp(NOBODY, FollowUpKind.RETENTION, _SUBJECT, occurrence, due)
