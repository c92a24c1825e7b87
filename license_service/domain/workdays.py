"""Which days offices work: the week, and the official calendar that differs from it.

Clause: 行政许可法, art. 82 (days are working days, without statutory holidays).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from license_service.clock import SHANGHAI

_WEEKEND = 5


@dataclass(frozen=True)
class YearCalendar:
    """Hold the official calendar of one year, as the State Council's notice gives it."""

    year: int
    holidays: frozenset[date]
    makeup_days: frozenset[date]
    basis: str


@dataclass(frozen=True)
class WorkCalendar:
    """Hold the days that differ from the week: holidays on weekdays, make-up days on weekends.

    `published_years` are those whose official calendar is known; in others only the week is, and a
    deadline that depends on them is provisional, never a silent guess.
    """

    holidays: frozenset[date]
    makeup_days: frozenset[date]
    published_years: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        if day in self.makeup_days:
            return True
        return day.weekday() < _WEEKEND and day not in self.holidays

    def with_year(self, year: YearCalendar) -> WorkCalendar:
        """Return this calendar with everything it says of one year replaced by the official calendar."""
        return WorkCalendar(
            frozenset(day for day in self.holidays if day.year != year.year) | year.holidays,
            frozenset(day for day in self.makeup_days if day.year != year.year) | year.makeup_days,
            self.published_years | {year.year},
        )

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over every exception and published year."""
        lines = [
            "license-service/calendar/v1",
            *_lines("holiday", self.holidays),
            *_lines("makeup", self.makeup_days),
            *(f"published {year}" for year in sorted(self.published_years)),
        ]
        return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def working_days_before(day: date, days: int, calendar: WorkCalendar) -> date:
    """Return the working day `days` working days before `day`."""
    remaining = days
    while remaining:
        day -= timedelta(days=1)
        remaining -= calendar.is_working_day(day)
    return day


def end_of(day: date) -> datetime:
    """Return the instant a day ends in Asia/Shanghai, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def last_moment(ends_at: datetime) -> datetime:
    """Return the last moment of the day that ends at an instant: what a further period is counted from."""
    return ends_at - timedelta(microseconds=1)


def start_of(day: date) -> datetime:
    """Return the instant a day begins in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _lines(kind: str, days: Iterable[date]) -> list[str]:
    return [f"{kind} {day.isoformat()}" for day in sorted(days)]
