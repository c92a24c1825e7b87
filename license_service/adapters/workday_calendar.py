"""The working days of China from the `holidays` library.

The State Council publishes a year's calendar in the autumn before. The library marks later years as
estimates; those are not published here, so deadlines into them are provisional.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce

import holidays

from license_service.domain.workdays import WorkCalendar, YearCalendar

FIRST_YEAR, LAST_PUBLISHED_YEAR = 2015, 2026
"""Years compared day by day with an independent list; a newer library moves the second."""

_YEARS_AHEAD = 3
_SATURDAY = 5


def china_calendar(official: Iterable[YearCalendar] = ()) -> WorkCalendar:
    """Build the calendar from the library's data and the catalogue's official years, which stand over it.

    It takes no date, so it is the same all day.
    """
    years = range(FIRST_YEAR, LAST_PUBLISHED_YEAR + _YEARS_AHEAD + 1)
    source = holidays.country_holidays("CN", years=years)
    days = [date(FIRST_YEAR, 1, 1) + timedelta(days=i) for i in range(366 * len(years))]
    calendar = WorkCalendar(
        holidays=frozenset(d for d in days if d.weekday() < _SATURDAY and not source.is_working_day(d)),
        makeup_days=frozenset(d for d in days if d.weekday() >= _SATURDAY and source.is_working_day(d)),
        published_years=frozenset(range(FIRST_YEAR, LAST_PUBLISHED_YEAR + 1)),
    )
    return reduce(WorkCalendar.with_year, official, calendar)
