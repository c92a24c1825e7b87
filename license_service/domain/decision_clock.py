"""The clock of the decision: it starts at acceptance, stops for special procedures, and may be extended once.

Correction comes before acceptance, so it never runs meanwhile; what is owed comes after, so it runs on.
A day on which the clock was stopped does not count; the day it stops still does.
Clause: 行政许可法, art. 42 (limits and extension), 45 (time of special procedures is not counted).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from license_service.clock import SHANGHAI
from license_service.domain.deadlines import Deadline, Period, deadline_after
from license_service.domain.matter import Matter
from license_service.domain.workdays import WorkCalendar, last_moment
from license_service.errors import CaseStateError

_MOST_SUSPENSIONS = 20
"""More stops of one decision are a way around its limit."""


@dataclass(frozen=True)
class Suspension:
    """Hold one stop of the clock; `until` is None while it lasts."""

    procedure: str
    reason: str
    since: datetime
    until: datetime | None = None
    resumed_because: str = ""


@dataclass(frozen=True)
class DecisionClock:
    """Hold since when time runs, for how long, when it stood still, and by how much it was extended."""

    started_at: datetime
    limit: Period
    suspensions: tuple[Suspension, ...] = ()
    extension: Period | None = None
    extension_reason: str = ""

    @property
    def is_stopped(self) -> bool:
        """Tell whether the clock stands still."""
        return bool(self.suspensions) and self.suspensions[-1].until is None


def start_clock(matter: Matter, now: datetime) -> DecisionClock | None:
    """Return the clock of a matter, for the time its authority promises; None where it states none."""
    return DecisionClock(now, matter.time_limit.promised) if matter.time_limit else None


def deadlines(clock: DecisionClock, calendar: WorkCalendar) -> tuple[Deadline, ...]:
    """Return by when the decision is due: nothing while the clock is stopped.

    An extension is counted from the end of the limit, in its own unit; both are returned, the last decides.
    """
    if clock.is_stopped:
        return ()
    stopped = frozenset(day for item in clock.suspensions for day in _days(item))
    first = deadline_after(clock.started_at, clock.limit, calendar, stopped)
    if clock.extension is None:
        return (first,)
    return first, deadline_after(last_moment(first.due_at), clock.extension, calendar, stopped)


def suspend_clock(clock: DecisionClock, procedure: str, reason: str, now: datetime) -> DecisionClock:
    """Stop the clock.

    Raises:
        CaseStateError: if it is stopped already, or was too often.
    """
    if clock.is_stopped or len(clock.suspensions) >= _MOST_SUSPENSIONS:
        raise CaseStateError("the clock is stopped already, or was too often")
    return replace(clock, suspensions=(*clock.suspensions, Suspension(procedure, reason, now)))


def resume_clock(clock: DecisionClock, reason: str, now: datetime) -> DecisionClock:
    """Let the clock run again.

    Raises:
        CaseStateError: if it runs.
    """
    if not clock.is_stopped:
        raise CaseStateError("the clock is not stopped")
    *earlier, last = clock.suspensions
    return replace(clock, suspensions=(*earlier, replace(last, until=now, resumed_because=reason)))


def extend_clock(
    clock: DecisionClock, by: Period, reason: str, calendar: WorkCalendar, now: datetime
) -> DecisionClock:
    """Give more time, once, while there is still time.

    Raises:
        CaseStateError: if it was extended before, is stopped, or the time is over.
    """
    if clock.extension is not None or clock.is_stopped:
        raise CaseStateError("the clock was extended already, or is stopped")
    if deadlines(clock, calendar)[-1].due_at <= now:
        raise CaseStateError("the time is over")
    return replace(clock, extension=by, extension_reason=reason)


def _days(item: Suspension) -> list[date]:
    since = item.since.astimezone(SHANGHAI).date()
    until = (item.until or item.since).astimezone(SHANGHAI).date()
    return [since + timedelta(days=i) for i in range(1, (until - since).days + 1)]
