"""Let a result be kept for as long as time cannot change it, and not a microsecond longer.

A verdict at a moving `now` would miss every cache that has the moment in its key. So the moment is not
part of the key: it is an `Instant`, which can only be compared. It remembers between which two times every
comparison made so far comes out the same; within them the result is the same by construction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

_Result = TypeVar("_Result")
_TICK = timedelta(microseconds=1)
_WINDOWS = 4

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class Instant:
    """Hold a moment and the window `since <= moment < until` in which all answers stay as given."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.since, self.until = BEGINNING, END

    def reached(self, time: datetime) -> bool:
        """Tell whether `time` has come: it is the moment, or before it."""
        if time <= self.moment:
            self.since = max(self.since, time)
            return True
        self.until = min(self.until, time)
        return False

    def passed(self, time: datetime) -> bool:
        """Tell whether `time` is over: it is before the moment. The last time there is never ends."""
        return time < END and self.reached(time + _TICK)

    def within(self, first: datetime, last: datetime) -> bool:
        """Tell whether the moment lies in a period, both ends included; both are always compared."""
        begun, over = self.reached(first), self.passed(last)
        return begun and not over

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether every answer given would be the same at `moment`."""
        return self.since <= moment < self.until or moment == self.moment


class TimedCache(Generic[_Result]):
    """Keep results by key and window of time; bounded, oldest use first out, shared by threads.

    Keys are digests of everything else a result depends on, so hostile bytes are not kept alive.
    """

    def __init__(self, keys: int) -> None:
        self._keys = keys
        self._kept: OrderedDict[Hashable, list[tuple[tuple[Instant, ...], _Result]]] = OrderedDict()
        self._lock = Lock()

    def get(
        self, key: Hashable, moments: tuple[datetime, ...], compute: Callable[[tuple[Instant, ...]], _Result]
    ) -> _Result:
        """Return the result at `moments`, computed if none that is kept holds there."""
        with self._lock:
            for instants, result in self._kept.get(key, ()):
                if all(i.holds_at(m) for i, m in zip(instants, moments, strict=True)):
                    self._kept.move_to_end(key)
                    return result
        asked = tuple(map(Instant, moments))
        result = compute(asked)
        with self._lock:
            self._kept[key] = [(asked, result), *self._kept.get(key, ())][:_WINDOWS]
            self._kept.move_to_end(key)
            while len(self._kept) > self._keys:
                self._kept.popitem(last=False)
        return result

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
