"""Whether the service can do its work, and what is degraded."""

from __future__ import annotations

from typing import Any

from license_service.clock import Clock
from license_service.errors import StoreUnavailableError
from license_service.services.ports import Doorbell, Store


class HealthService:
    """Answer `/readyz`."""

    def __init__(self, store: Store, clock: Clock, doorbell: Doorbell, facts: dict[str, Any]) -> None:
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._facts = facts

    def readiness(self) -> dict[str, Any]:
        """Say `ok`, `degraded` where Redis is down (follow-ups then run by sweep), or `unavailable`."""
        try:
            database = self._store.describe()
            with self._store.begin() as tx:
                overdue = tx.overdue(self._clock.now())
                last, waiting = tx.last_checkpoint(), len(tx.unlogged_events(1000))
        except StoreUnavailableError:
            return {"status": "unavailable", "database": {"engine": "unknown"}}
        redis = self._doorbell.status()
        return {
            "status": "degraded" if redis == "down" else "ok",
            "database": database,
            "redis": redis,
            "log": {"size": last[0] if last else 0, "waiting": waiting},
            "follow_ups": {"overdue": overdue},
            **self._facts,
        }
