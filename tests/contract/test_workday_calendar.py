"""The calendar against an independent list of the State Council's calendars, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from license_service.adapters.workday_calendar import FIRST_YEAR, LAST_PUBLISHED_YEAR, china_calendar

_FIRST, _LAST = date(FIRST_YEAR, 1, 1), date(LAST_PUBLISHED_YEAR, 12, 31)
_DAYS = [_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days + 1)]


def test_every_day_of_the_published_years_agrees_with_an_independent_list() -> None:
    calendar = china_calendar()
    assert (len(_DAYS), _DAYS[0], _DAYS[-1]) == (4383, date(2015, 1, 1), date(2026, 12, 31))
    assert [day for day in _DAYS if calendar.is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_the_published_years_are_those_compared() -> None:
    assert china_calendar().published_years == set(range(2015, 2027))


def test_the_calendar_has_exceptions_in_both_directions_in_every_published_year() -> None:
    calendar = china_calendar()
    years = calendar.published_years
    assert {day.year for day in calendar.holidays} >= years
    assert {day.year for day in calendar.makeup_days} >= years
    assert all(day.weekday() < 5 for day in calendar.holidays)
    assert all(day.weekday() >= 5 for day in calendar.makeup_days)


def test_the_same_calendar_has_the_same_digest() -> None:
    assert china_calendar().digest == china_calendar().digest
