"""What an operator asks of follow-ups: which there are, why one is where it is, and to try it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from license_service.clock import Clock, format_instant
from license_service.errors import NotFoundError
from license_service.services.following.figures import FailedAttempt, FollowUpFigures
from license_service.services.ports import Store

_RECENT = timedelta(hours=1)

PURPOSES = {
    "commitment_check": "ask the data source whether the promise was kept",
    "commitment_overdue": "hand the case to a person if the promise was not checked in time",
    "supplement_reminder": "remind of what is owed",
    "supplement_expiry": "apply what the catalogue says of a debt not paid in time",
    "commitment_consequence": "apply the next consequence of a broken promise, unless an objection waits",
    "bundle_wait_expiry": "end the wait of a bundle's matters for results that did not come in time",
    "webhook_delivery": "send an event to an endpoint",
    "batch_verification": "judge documents of a batch",
    "feedback_due": "hand the case to a person if a complaint or bad rating was not answered in time",
    "retention": "erase what its retention period is over for",
    "manual_review": "hand the case to a person, because the follow-up of a deadline died",
}


LISTED = 1000
_MOMENTS = ("due_at", "next_at", "lease_until", "dead_at")


class OversightService:
    """Look after follow-ups by hand."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def list(self, tenant: str | None, state: str | None, limit: int = LISTED) -> Sequence[dict[str, Any]]:
        """Return follow-ups, the next first."""
        with self._store.read() as tx:
            rows = tx.follow_ups(tenant, state, limit)
        return [{**row, **{name: _moment(row[name]) for name in _MOMENTS}} for row in rows]

    def retry(self, identifier: str) -> bool:
        """Open a dead follow-up again; return False where there is none of that id."""
        with self._store.begin() as tx:
            return tx.revive(identifier, self._clock.now())

    def explain(self, identifier: str) -> dict[str, Any]:
        """Say what a follow-up is for, what went wrong at each attempt, and what happens next.

        Raises:
            NotFoundError: if there is none of that id.
        """
        with self._store.read() as tx:
            row, failed = tx.follow_up(identifier), tx.failed_attempts(identifier)
        if row is None:
            raise NotFoundError("no follow-up has this id")
        return {
            "id": identifier,
            "purpose": PURPOSES.get(row["kind"], "unknown to this version"),
            **{name: row[name] for name in ("kind", "tenant", "subject", "occurrence", "state", "attempts")},
            "due_at": _moment(row["due_at"]),
            "next_at": _moment(row["next_at"]) if row["state"] == "open" else None,
            "dead_at": _moment(row["dead_at"]),
            "last_error": row["last_error"],
            "failed_attempts": [_attempt(item) for item in failed],
        }

    def figures(self) -> FollowUpFigures:
        """Return what to watch, with the failures of the last hour."""
        now = self._clock.now()
        with self._store.read() as tx:
            return tx.figures(now, now - _RECENT)

    def overdue_seconds(self, figures: FollowUpFigures) -> float:
        """Return how long the oldest that is due has waited."""
        oldest = figures.oldest_due_at
        return 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds())


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else format_instant(datetime.fromtimestamp(seconds, UTC))


def _attempt(failed: FailedAttempt) -> dict[str, Any]:
    return {"token": failed.token, "failed_at": format_instant(failed.failed_at), "code": failed.code}
