"""Whether the service can do its work, and what is degraded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from license_service.clock import Clock
from license_service.errors import StoreUnavailableError
from license_service.services.ports import Doorbell, Store
from license_service.services.proving.anchoring import AnchoringService

_WRONG = ("problem", "alarm")


class HealthService:
    """Answer `/readyz`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        doorbell: Doorbell,
        trust: Callable[[datetime], dict[str, Any]],
        clock_facts: Callable[[], dict[str, str]],
        anchoring: AnchoringService,
        facts: dict[str, Any],
    ) -> None:
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._trust = trust
        self._clock_facts = clock_facts
        self._anchoring = anchoring
        self._facts = facts

    def readiness(self) -> dict[str, Any]:
        """Say `ok`, `degraded` or `unavailable`.

        Degraded is Redis being down (follow-ups then run by sweep), a new trust list that cannot be used
        (the last good one stays in force), a clock that jumped and is not followed, or a log that is not
        signed because it does not add up, or that nobody outside has seen for too long.
        """
        try:
            database = self._store.describe()
            with self._store.read() as tx:
                overdue = tx.overdue(self._clock.now())
                anchors = self._anchoring.describe(tx, self._clock.now())
                last, waiting, problem = tx.last_checkpoint(), tx.count_unlogged(1000), tx.log_problem()
                standing = tx.witnesses()
        except StoreUnavailableError:
            return {"status": "unavailable", "database": {"engine": "unknown"}}
        redis, trust, clock = self._doorbell.status(), self._trust(self._clock.now()), self._clock_facts()
        witnesses = {name: {"size": size, "problem": why} for name, (size, why) in standing.items()}
        log = {
            "size": last[0] if last else 0,
            "waiting": waiting,
            **({"problem": problem} if problem else {}),
            **({"witnesses": witnesses} if witnesses else {}),
            **anchors,
        }
        wrong = "problem" in trust or "problem" in clock or not log.keys().isdisjoint(_WRONG)
        return {
            "status": "degraded" if wrong or redis == "down" else "ok",
            "database": database,
            "redis": redis,
            "log": log,
            "follow_ups": {"overdue": overdue},
            "trust": trust,
            "clock": clock,
            **self._facts,
        }
