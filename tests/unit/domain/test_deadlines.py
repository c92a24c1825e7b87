"""Deadlines in every unit against an independent count, and how each says it was computed."""

from __future__ import annotations

import calendar as months
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.workday_calendar import china_calendar
from license_service.clock import SHANGHAI
from license_service.domain.deadlines import Period, SkippedDay, SkipReason, Unit, deadline_after
from license_service.domain.workdays import WorkCalendar, YearCalendar

CASES = 100_000
FIRST, LAST = date(2015, 1, 1), date(2026, 12, 31)
PLAIN = WorkCalendar(frozenset(), frozenset(), frozenset(range(2015, 2040)))
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Europe/London", "UTC")]


@cache
def _china() -> WorkCalendar:
    return china_calendar()


class Counted:
    """Count by a list of all open days and its indexes: no step from day to day, and no code of ours."""

    def __init__(self, open_days: list[date]) -> None:
        self.open_days = open_days

    def due(self, start: date, count: int, unit: Unit) -> date:
        if unit is Unit.WORKING_DAYS:
            return self.open_days[bisect_right(self.open_days, start) + count - 1]
        if unit is Unit.CALENDAR_DAYS:
            last = start + timedelta(days=count)
        else:
            year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
            last = date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))
        return self.open_days[bisect_left(self.open_days, last)]


def _official() -> tuple[WorkCalendar, Counted]:
    return _china(), Counted(chinese_calendar.get_workdays(FIRST, LAST))


def _invented(dice: random.Random) -> tuple[WorkCalendar, Counted]:
    days = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    odd = set(dice.sample(days, 400))
    holidays = frozenset(day for day in odd if day.isoweekday() < 6)
    makeup = frozenset(odd - holidays)
    open_days = [day for day in days if (day.isoweekday() < 6) is (day not in odd)]
    return WorkCalendar(holidays, makeup, PLAIN.published_years), Counted(open_days)


def _questions(dice: random.Random) -> Iterator[tuple[WorkCalendar, Counted, datetime, int, Unit]]:
    calendars = [_official(), *(_invented(dice) for _ in range(20))]
    seconds = int(timedelta(days=365 * 11).total_seconds())
    for _ in range(CASES):
        calendar, counted = dice.choice(calendars)
        unit = dice.choice(list(Unit))
        moment = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(seconds))
        count = dice.randint(1, {"working_days": 30, "calendar_days": 60, "months": 6}[unit])
        yield calendar, counted, moment.astimezone(dice.choice(ZONES)), count, unit


def test_a_hundred_thousand_deadlines_are_those_of_an_independent_count() -> None:
    differing = [
        (start, count, unit)
        for calendar, counted, start, count, unit in _questions(random.Random(20260101))  # noqa: S311 - no secret
        if deadline_after(start, Period(count, unit), calendar).due_on
        != counted.due(start.astimezone(SHANGHAI).date(), count, unit)
    ]
    assert differing == []


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_a_machine_whose_zone_has_summer_time_counts_the_same(
    zone: str, month: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = [
        datetime(2024, month, day, hour, 59, tzinfo=UTC) for day in range(1, 31) for hour in (1, 6, 15, 23)
    ]
    periods = [Period(5, unit) for unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)] + [Period(1, Unit.MONTHS)]
    expected = [deadline_after(start, period, _china()) for start in starts for period in periods]
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        found = [
            deadline_after(start.astimezone(), period, _china()) for start in starts for period in periods
        ]
    time.tzset()
    assert found == expected


@pytest.mark.parametrize(
    ("start", "count", "unit", "due"),
    [
        (date(2024, 1, 31), 1, Unit.MONTHS, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, Unit.MONTHS, date(2023, 2, 28)),
        (date(2024, 11, 30), 3, Unit.MONTHS, date(2025, 2, 28)),
        (date(2024, 1, 15), 11, Unit.MONTHS, date(2024, 12, 16)),  # the 15th is a Sunday
        (date(2024, 1, 15), 12, Unit.MONTHS, date(2025, 1, 15)),
        (date(2024, 1, 1), 4, Unit.CALENDAR_DAYS, date(2024, 1, 5)),
        (date(2024, 1, 1), 5, Unit.CALENDAR_DAYS, date(2024, 1, 8)),  # the 6th is a Saturday
    ],
)
def test_months_end_on_the_same_day_or_the_last_one_and_move_off_a_day_of_rest(
    start: date, count: int, unit: Unit, due: date
) -> None:
    noon = datetime(start.year, start.month, start.day, 12, tzinfo=SHANGHAI)
    assert deadline_after(noon, Period(count, unit), PLAIN).due_on == due


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("count", [0, -1, 1401])
def test_a_period_out_of_range_is_refused(unit: Unit, count: int) -> None:
    with pytest.raises(ValueError, match=unit.replace("_", " ")):
        Period(count, unit)


def test_a_deadline_names_every_day_it_passed_over_and_why() -> None:
    # 30 September 2025 was a Tuesday; 1 to 8 October was the holiday, 11 October was worked.
    deadline = deadline_after(datetime(2025, 9, 30, 2, tzinfo=UTC), Period(4, Unit.WORKING_DAYS), _china())
    explanation = deadline.explanation
    assert deadline.due_on == date(2025, 10, 13)
    assert (explanation.start, explanation.count, explanation.unit) == (
        date(2025, 9, 30),
        4,
        Unit.WORKING_DAYS,
    )
    rest = dict.fromkeys((1, 2, 3, 6, 7, 8), SkipReason.HOLIDAY) | dict.fromkeys(
        (4, 5, 12), SkipReason.WEEKEND
    )
    assert explanation.skipped == tuple(SkippedDay(date(2025, 10, day), rest[day]) for day in sorted(rest))
    assert explanation.makeup_days == (date(2025, 10, 11),)
    assert explanation.calendar_digest == deadline.calendar_digest == _china().digest


@given(
    st.integers(0, 3000), st.integers(1, 60), st.sampled_from(Unit), st.sets(st.integers(1, 60), max_size=10)
)
def test_an_explanation_can_be_counted_again_on_paper(
    offset: int, count: int, unit: Unit, stopped: set[int]
) -> None:
    first = FIRST + timedelta(days=offset)
    count = min(count, 12) if unit is Unit.MONTHS else count
    suspended = {first + timedelta(days=day) for day in stopped}
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=SHANGHAI)
    deadline = deadline_after(noon, Period(count, unit), _china(), suspended)
    passed = {item.day for item in deadline.explanation.skipped}
    days = {first + timedelta(days=i) for i in range(1, (deadline.due_on - first).days + 1)}
    assert passed <= days
    assert deadline.due_on not in passed
    if unit is not Unit.MONTHS:
        assert len(days - passed) == count or unit is Unit.CALENDAR_DAYS
    assert {i.day for i in deadline.explanation.skipped if i.reason is SkipReason.SUSPENDED} <= suspended


@pytest.mark.parametrize("unit", Unit)
def test_a_day_on_which_the_clock_stands_still_moves_the_deadline_by_one(unit: Unit) -> None:
    monday = datetime(2024, 1, 1, 4, tzinfo=UTC)
    plain = deadline_after(monday, Period(2, unit), PLAIN)
    stopped = deadline_after(monday, Period(2, unit), PLAIN, {date(2024, 1, 2)})
    assert stopped.due_on - plain.due_on == timedelta(days=3 if plain.due_on.isoweekday() == 5 else 1)
    assert SkippedDay(date(2024, 1, 2), SkipReason.SUSPENDED) in stopped.explanation.skipped


@pytest.mark.parametrize(
    ("unit", "start", "count", "provisional"),
    [
        (Unit.WORKING_DAYS, date(2026, 12, 30), 1, False),
        (Unit.WORKING_DAYS, date(2026, 12, 30), 2, True),
        (Unit.MONTHS, date(2026, 11, 30), 1, False),
        (Unit.MONTHS, date(2026, 12, 30), 1, True),
        (Unit.CALENDAR_DAYS, date(2026, 12, 21), 10, False),
        (Unit.CALENDAR_DAYS, date(2026, 12, 21), 11, True),
    ],
)
def test_a_deadline_is_provisional_where_it_depends_on_a_year_not_published(
    unit: Unit, start: date, count: int, provisional: bool
) -> None:
    noon = datetime(start.year, start.month, start.day, 12, tzinfo=SHANGHAI)
    assert deadline_after(noon, Period(count, unit), _china()).provisional is provisional


def test_an_official_year_stands_over_the_estimate_and_makes_deadlines_final() -> None:
    start = datetime(2026, 12, 31, 4, tzinfo=UTC)
    monday, sunday = date(2027, 1, 4), date(2027, 1, 3)
    year = YearCalendar(2027, frozenset({date(2027, 1, 1), monday}), frozenset({sunday}), "b")
    official = china_calendar([year])
    assert deadline_after(start, Period(1, Unit.WORKING_DAYS), _china()).provisional
    deadline = deadline_after(start, Period(2, Unit.WORKING_DAYS), official)
    assert (deadline.due_on, deadline.provisional) == (date(2027, 1, 5), False)
    assert official.digest != _china().digest
    assert not official.is_working_day(monday)
    assert official.is_working_day(sunday)
    assert all(
        official.is_working_day(d) is _china().is_working_day(d)
        for d in (date(2026, 10, 1), date(2025, 10, 11))
    )
