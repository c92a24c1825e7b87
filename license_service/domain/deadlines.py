"""Deadlines in working days, calendar days and months, with how each was computed.

The day of the event does not count, and a deadline is the end of its last day in Asia/Shanghai. Where days
are calendar days or months, a last day on which offices do not work moves to the next one on which they do.
Clause: 行政许可法, art. 82 (days are working days); 民法典, art. 201 to 203.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from license_service.clock import SHANGHAI
from license_service.domain.workdays import WorkCalendar, end_of

_LONGEST = {"working_days": 1000, "calendar_days": 1400, "months": 48}
"""About four years in each unit: no rule of administrative law is longer, and counting stays cheap."""
_DECEMBER = 12


class Unit(StrEnum):
    """What a period is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class SkipReason(StrEnum):
    """Why a day does not count."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Period:
    """Hold a length of time as a rule states it.

    Raises:
        ValueError: unless it is at least one and at most about four years.
    """

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse a count out of range."""
        if not 0 < self.count <= _LONGEST[self.unit]:
            raise ValueError(f"{self.count} {self.unit.value.replace('_', ' ')}")


@dataclass(frozen=True)
class SkippedDay:
    """Name a day that was passed over, and why."""

    day: date
    reason: SkipReason


@dataclass(frozen=True)
class Explanation:
    """Say how a deadline was computed: enough to count it again on paper.

    `makeup_days` are weekend days that counted because offices work on them.
    """

    start: date
    count: int
    unit: Unit
    skipped: tuple[SkippedDay, ...]
    makeup_days: tuple[date, ...]
    calendar_digest: str


@dataclass(frozen=True)
class Deadline:
    """Hold a deadline: its last day, the instant it ends, and which calendar says so."""

    due_on: date
    due_at: datetime
    provisional: bool
    explanation: Explanation

    @property
    def calendar_digest(self) -> str:
        """Return which calendar it was computed with."""
        return self.explanation.calendar_digest


def deadline_after(
    start: datetime, period: Period, calendar: WorkCalendar, suspended: Collection[date] = ()
) -> Deadline:
    """Return the deadline a period after the day of `start`; days in `suspended` do not count.

    It is provisional where it depends on a day of a year whose official calendar is not known.
    """
    first = start.astimezone(SHANGHAI).date()
    skipped: list[SkippedDay] = []
    if period.unit is Unit.WORKING_DAYS:
        due = _count(first, period.count, calendar, suspended, skipped)
        depends_on = range(first.year, due.year + 1)
    else:
        last = _count(first, _days(first, period), None, suspended, skipped)
        due = _count(last - timedelta(days=1), 1, calendar, (), skipped)
        depends_on = range(last.year, due.year + 1)
    explanation = Explanation(
        first, period.count, period.unit, tuple(skipped), _makeup_days(first, due, calendar), calendar.digest
    )
    return Deadline(due, end_of(due), not calendar.published_years.issuperset(depends_on), explanation)


def add_working_days(start: datetime, days: int, calendar: WorkCalendar) -> Deadline:
    """Return the deadline `days` working days after the day of `start`.

    Raises:
        ValueError: unless 0 < days <= 1000.
    """
    return deadline_after(start, Period(days, Unit.WORKING_DAYS), calendar)


def _days(first: date, period: Period) -> int:
    if period.unit is Unit.CALENDAR_DAYS:
        return period.count
    return (_same_day_later(first, period.count) - first).days


def _same_day_later(day: date, months: int) -> date:
    # 民法典, art. 202: the corresponding day, or the last day of a month that has none.
    later, index = divmod(day.month - 1 + months, _DECEMBER)
    year, month = day.year + later, index + 1
    following = date(year + month // _DECEMBER, month % _DECEMBER + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _count(
    day: date,
    days: int,
    calendar: WorkCalendar | None,
    suspended: Collection[date],
    skipped: list[SkippedDay],
) -> date:
    """Return the last of `days` counted days after `day`; without a calendar every day counts."""
    while days:
        day += timedelta(days=1)
        reason = _skip_reason(day, calendar, suspended)
        if reason is None:
            days -= 1
        else:
            skipped.append(SkippedDay(day, reason))
    return day


def _skip_reason(day: date, calendar: WorkCalendar | None, suspended: Collection[date]) -> SkipReason | None:
    if day in suspended:
        return SkipReason.SUSPENDED
    if calendar is None or calendar.is_working_day(day):
        return None
    return SkipReason.HOLIDAY if day in calendar.holidays else SkipReason.WEEKEND


def _makeup_days(first: date, due: date, calendar: WorkCalendar) -> tuple[date, ...]:
    return tuple(sorted(day for day in calendar.makeup_days if first < day <= due))
