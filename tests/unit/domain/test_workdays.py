"""Working days: against a plain count over a made-up calendar, and against an independent list of China's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.adapters.workday_calendar import FIRST_YEAR, LAST_PUBLISHED_YEAR, china_calendar
from license_service.clock import SHANGHAI
from license_service.domain.deadlines import add_working_days
from license_service.domain.workdays import WorkCalendar, end_of, start_of, working_days_before

YEARS = frozenset(range(2023, 2032))
PLAIN = WorkCalendar(frozenset(), frozenset(), YEARS)

# 2024-01-01 was a Monday.
MONDAY = date(2024, 1, 1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


def _open_days(calendar: WorkCalendar, first: date, count: int) -> list[date]:
    """List the open days among `count` days, by the plain rule and no code of ours."""
    days = [date.fromordinal(first.toordinal() + i) for i in range(count)]
    return [
        day
        for day in days
        if day in calendar.makeup_days or (day.isoweekday() not in {6, 7} and day not in calendar.holidays)
    ]


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    days = st.integers(0, 500).map(lambda i: MONDAY + timedelta(days=i))
    holidays = draw(st.frozensets(days.filter(lambda day: day.isoweekday() < 6), max_size=60))
    makeup = draw(st.frozensets(days.filter(lambda day: day.isoweekday() >= 6), max_size=60))
    return WorkCalendar(holidays, makeup, YEARS)


@cache
def _china() -> WorkCalendar:
    return china_calendar()


@given(calendars(), st.integers(0, 400), st.integers(1, 60))
def test_a_deadline_is_the_nth_open_day_after_the_start(
    calendar: WorkCalendar, offset: int, days: int
) -> None:
    start = MONDAY + timedelta(days=offset)
    expected = _open_days(calendar, start + timedelta(days=1), 7 * days + 150)[days - 1]
    deadline = add_working_days(_noon(start), days, calendar)
    assert deadline.due_on == expected
    assert deadline.due_at == datetime(expected.year, expected.month, expected.day, 16, tzinfo=UTC)
    assert not deadline.provisional
    assert deadline.calendar_digest == calendar.digest


@given(calendars(), st.integers(100, 500), st.integers(1, 30))
def test_the_nth_open_day_before_a_day_is_found_by_counting_back(
    calendar: WorkCalendar, offset: int, days: int
) -> None:
    day = MONDAY + timedelta(days=offset)
    span = 7 * days + 150
    expected = _open_days(calendar, day - timedelta(days=span), span)[-days]
    assert working_days_before(day, days, calendar) == expected


@given(calendars(), st.integers(0, 400), st.integers(2, 60))
def test_counting_back_from_a_deadline_undoes_counting_forward(
    calendar: WorkCalendar, offset: int, days: int
) -> None:
    start = _noon(MONDAY + timedelta(days=offset))
    due = add_working_days(start, days, calendar).due_on
    assert working_days_before(due, days - 1, calendar) == add_working_days(start, 1, calendar).due_on


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (MONDAY, 1, date(2024, 1, 2)),
        (MONDAY, 4, date(2024, 1, 5)),
        (MONDAY, 5, date(2024, 1, 8)),
        (date(2024, 1, 5), 1, date(2024, 1, 8)),
        (date(2024, 1, 6), 1, date(2024, 1, 8)),
        (date(2024, 1, 7), 1, date(2024, 1, 8)),
        (MONDAY, 1000, date(2027, 11, 1)),
    ],
)
def test_the_day_of_the_event_and_weekends_do_not_count(start: date, days: int, due: date) -> None:
    assert add_working_days(_noon(start), days, PLAIN).due_on == due


def test_a_holiday_does_not_count_and_a_makeup_day_does() -> None:
    friday, saturday, next_monday = date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 8)
    thursday = _noon(date(2024, 1, 4))
    holiday, makeup = replace(PLAIN, holidays=frozenset({friday})), frozenset({saturday})
    assert add_working_days(thursday, 1, PLAIN).due_on == friday
    assert add_working_days(thursday, 1, holiday).due_on == next_monday
    assert add_working_days(thursday, 1, replace(holiday, makeup_days=makeup)).due_on == saturday


@pytest.mark.parametrize("days", [0, -1, 1001])
def test_a_count_out_of_range_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        add_working_days(_noon(MONDAY), days, PLAIN)


def test_the_day_of_the_start_is_the_day_in_shanghai() -> None:
    last_second = datetime(2024, 1, 1, 15, 59, 59, tzinfo=UTC)
    assert add_working_days(last_second, 1, PLAIN).due_on == date(2024, 1, 2)
    assert add_working_days(last_second + timedelta(seconds=1), 1, PLAIN).due_on == date(2024, 1, 3)


def test_a_day_begins_and_ends_at_midnight_in_shanghai() -> None:
    assert start_of(MONDAY) == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert end_of(MONDAY) == datetime(2024, 1, 1, 16, tzinfo=UTC)
    assert end_of(MONDAY) == start_of(MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("start", "days", "years", "provisional"),
    [
        (date(2024, 12, 27), 2, {2024}, False),
        (date(2024, 12, 27), 3, {2024}, True),
        (date(2024, 12, 27), 3, {2024, 2025}, False),
        (date(2024, 6, 3), 1, set(), True),
        (date(2024, 6, 3), 1, {2023, 2025}, True),
        (date(2024, 12, 27), 600, {2024, 2025, 2027}, True),
    ],
)
def test_a_deadline_is_provisional_exactly_when_a_year_it_passes_is_not_published(
    start: date, days: int, years: set[int], provisional: bool
) -> None:
    calendar = replace(PLAIN, published_years=frozenset(years))
    assert add_working_days(_noon(start), days, calendar).provisional is provisional


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, holidays=frozenset({MONDAY})),
        replace(PLAIN, makeup_days=frozenset({MONDAY})),
        replace(PLAIN, published_years=YEARS - {2031}),
    ],
)
def test_another_calendar_has_another_digest(other: WorkCalendar) -> None:
    assert PLAIN.digest == replace(PLAIN).digest
    assert PLAIN.digest.startswith("sha256:")
    assert other.digest != PLAIN.digest


@pytest.mark.parametrize("year", range(2015, 2027))
def test_the_working_days_of_china_are_those_of_an_independent_list(year: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=i) for i in range(366) if (first + timedelta(days=i)).year == year]
    differing = [d for d in days if _china().is_working_day(d) != chinese_calendar.is_workday(d)]
    assert differing == []


def test_the_published_years_of_china_are_those_compared() -> None:
    assert (FIRST_YEAR, LAST_PUBLISHED_YEAR) == (2015, 2026)
    assert _china().published_years == frozenset(range(2015, 2027))


def test_the_calendar_of_china_is_the_same_each_time() -> None:
    assert china_calendar().digest == _china().digest


@given(st.dates(date(2015, 1, 1), date(2026, 6, 30)), st.integers(1, 40))
@settings(deadline=None)
def test_a_deadline_in_china_is_the_one_an_independent_list_gives(start: date, days: int) -> None:
    day, left = start, days
    while left:
        day += timedelta(days=1)
        left -= bool(chinese_calendar.is_workday(day))
    deadline = add_working_days(_noon(start), days, _china())
    assert (deadline.due_on, deadline.provisional) == (day, False)


@pytest.mark.parametrize(
    ("start", "provisional"),
    [(date(2026, 12, 30), False), (date(2026, 12, 31), True), (date(2027, 3, 1), True)],
)
def test_a_deadline_into_a_year_the_state_council_has_not_published_is_provisional(
    start: date, provisional: bool
) -> None:
    assert add_working_days(_noon(start), 1, _china()).provisional is provisional
