"""Stop asking a neighbor that does not answer, and let one probe through now and then.

What is known is this process's own and advisory: an open breaker says that nothing was asked, never what
the answer would have been.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

FAILURES = 5
OPEN_FOR = timedelta(seconds=30)


@dataclass
class _Circuit:
    failures: int = 0
    open_until: datetime | None = None


class CircuitBreaker:
    """Count failures in a row by target: five open it for 30 s, then one may probe.

    `tell` hears when a target's breaker opens, and until when; once it closes, that is the past.
    """

    def __init__(self, tell: Callable[[str, datetime], None]) -> None:
        self._tell = tell
        self._circuits: dict[str, _Circuit] = {}
        self._lock = Lock()

    def open_until(self, target: str, now: datetime) -> datetime | None:
        """Return when to come again, or None to go ahead; who probes holds the others back meanwhile."""
        with self._lock:
            circuit = self._circuits.get(target)
            if circuit is None or circuit.open_until is None:
                return None
            if now < circuit.open_until:
                return circuit.open_until
            circuit.open_until = now + OPEN_FOR
            return None

    def succeeded(self, target: str, now: datetime) -> None:
        """Note an answer, which closes the breaker."""
        with self._lock:
            circuit = self._circuits.pop(target, None)
        if circuit is not None and circuit.open_until is not None:
            self._tell(target, now)

    def failed(self, target: str, now: datetime) -> None:
        """Note silence or a failure."""
        with self._lock:
            circuit = self._circuits.setdefault(target, _Circuit())
            circuit.failures += 1
            if circuit.failures < FAILURES:
                return
            circuit.open_until = until = now + OPEN_FOR
        self._tell(target, until)
