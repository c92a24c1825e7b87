"""The clock that deadlines are told by: it follows the database's time, and no jump of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from license_service.adapters.sql.database_time import database_time
from license_service.adapters.steady_clock import LARGEST_STEP, SteadyClock
from license_service.clock import SystemClock
from license_service.errors import StoreUnavailableError

_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
_LONG = 100.0


@dataclass
class Machine:
    """A machine whose clock can be set, and whose seconds since boot cannot."""

    since_boot: float = 1000.0
    offset: timedelta = field(default_factory=timedelta)
    answers: bool = True

    def read(self) -> datetime:
        if not self.answers:
            raise StoreUnavailableError("down")
        return self.true_time + self.offset

    @property
    def true_time(self) -> datetime:
        return _BEGIN + timedelta(seconds=self.since_boot)

    def clock(self) -> SteadyClock:
        return SteadyClock(self.read, lambda: self.since_boot)


def test_a_small_step_is_followed() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.offset, machine.since_boot = LARGEST_STEP, machine.since_boot + _LONG
    assert clock.now() == machine.read()
    assert clock.problem() == ""


@pytest.mark.parametrize("days", [-3652, -1, 1, 3652])
def test_a_jump_is_reported_and_not_followed_until_it_is_undone(days: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.offset, machine.since_boot = timedelta(days=days), machine.since_boot + _LONG
    assert clock.now() == machine.true_time
    assert clock.problem() == "CLOCK_JUMPED"
    machine.offset, machine.since_boot = timedelta(), machine.since_boot + _LONG
    assert clock.now() == machine.true_time
    assert clock.problem() == ""


def test_while_the_database_does_not_answer_time_is_carried_on() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.answers, machine.since_boot = False, machine.since_boot + _LONG
    assert clock.now() == machine.true_time


def test_a_clock_that_cannot_be_read_at_start_is_no_clock() -> None:
    with pytest.raises(StoreUnavailableError):
        Machine(answers=False).clock()


def test_each_engine_tells_the_time(any_database_url: str) -> None:
    assert abs(database_time(any_database_url)() - SystemClock().now()) < LARGEST_STEP


def test_a_database_that_does_not_answer_tells_no_time(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        database_time(f"postgresql+psycopg://test@/test?host={tmp_path}")()
