"""A clock that follows the database's time, and no jump of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from license_service.errors import StoreUnavailableError

_LOOK_SECONDS = 5.0
LARGEST_STEP = timedelta(seconds=60)
"""What the setting of a clock by its time service may come to; more is a fault, and deadlines hang on it."""
_LOG = logging.getLogger("license_service.clock")


def _since_boot() -> float:
    """Return seconds that nobody can set, and that go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SteadyClock:
    """Carry a time on by the seconds since the machine was started.

    Deadlines and what is due are told by it. So a machine whose own clock is wrong runs nothing early while
    the database is on another machine; and where it is the same one, a clock that jumps while the service
    runs is not followed, but reported, until it is right again or the process is started anew.
    """

    def __init__(self, read: Callable[[], datetime], elapsed: Callable[[], float] = _since_boot) -> None:
        self._read = read
        self._elapsed = elapsed
        at = elapsed()
        self._base = (read(), at)
        self._next_look = at + _LOOK_SECONDS
        self._jumped = False

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        at = self._elapsed()
        if at >= self._next_look:
            self._next_look = at + _LOOK_SECONDS  # first: others that come now need not look too
            self._look(at)
        return self._carried(at)

    def problem(self) -> str:
        """Return `CLOCK_JUMPED` while what is read is far from what was carried on."""
        self.now()
        return "CLOCK_JUMPED" if self._jumped else ""

    def _carried(self, at: float) -> datetime:
        moment, since = self._base
        return moment + timedelta(seconds=at - since)

    def _look(self, at: float) -> None:
        try:
            read = self._read()
        except StoreUnavailableError:
            return  # carried on until it answers
        step = read - self._carried(at)
        self._jumped = abs(step) > LARGEST_STEP
        if self._jumped:
            _LOG.critical("the database's clock jumped by %s, which is not followed", step)
        else:
            self._base = (read, at)
