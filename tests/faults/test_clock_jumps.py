"""F23: machines whose clock is wrong, or jumps: nothing runs early, nothing waits for years."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import urllib3

from license_service.clock import SystemClock, parse_instant
from tests.faults.servers import Api
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]
full = partial(pytest.param, marks=pytest.mark.full)
_DONE = ["case.assessed", "license.used", "commitment.checked"]
_LONGEST_DEADLINE = timedelta(days=200)


def _open(world: World, api: Api, key: str) -> dict[str, Any]:
    answer = world.post(api, key)
    assert answer.status == 201
    case: dict[str, Any] = answer.json()
    return case


def _is_of_our_time(case: dict[str, Any]) -> bool:
    deadlines = [parse_instant(owed["due_at"]) for owed in case["obligations"]]
    now = SystemClock().now()
    return bool(deadlines) and all(now < due < now + _LONGEST_DEADLINE for due in deadlines)


def _readiness(api: Api) -> dict[str, Any]:
    with urllib3.PoolManager(retries=False, timeout=20.0) as pool:
        found: dict[str, Any] = pool.request("GET", f"{api.url}/readyz").json()
    return found


@pytest.mark.fault("F23")
@pytest.mark.parametrize("shift", ["+10y", "-10y"])
def test_a_machine_whose_clock_is_wrong_tells_the_time_of_the_database(
    world: World, postgresql_url: str, wait_for: Wait, shift: str
) -> None:
    """API and worker are both on it: deadlines are right, what is due runs, what is not due does not."""
    world.settings = replace(world.settings, database_url=postgresql_url)
    _ = world.app, world.application
    world.clock_shift = world.directory / "shift"
    world.clock_shift.write_text(shift)
    api, worker = world.start_api(), world.start_worker()
    case = _open(world, api, "k1")
    assert _is_of_our_time(case)
    wait_for(lambda: world.kinds(case["id"]) == _DONE)
    assert worker.stop() == 0
    assert world.check().effects == 1


@pytest.mark.fault("F23")
@pytest.mark.parametrize("shift", ["+10y", full("-10y"), full("+1d"), full("-1d")])
def test_a_clock_that_jumps_while_the_service_runs_is_not_followed(
    world: World, wait_for: Wait, shift: str
) -> None:
    """The database is SQLite, on the machine itself: what runs carries its time on, and says what it saw."""
    _ = world.app, world.application
    world.clock_shift = world.directory / "shift"
    world.clock_shift.write_text("+0")
    api, worker = world.start_api(), world.start_worker()
    first = _open(world, api, "k1")
    wait_for(lambda: world.kinds(first["id"]) == _DONE)  # so the worker is up
    world.clock_shift.write_text(shift)
    case = _open(world, api, "k2")
    assert _is_of_our_time(case)
    wait_for(lambda: world.kinds(case["id"]) == _DONE)
    wait_for(lambda: _readiness(api)["clock"].get("problem") == "CLOCK_JUMPED")
    assert _readiness(api)["status"] == "degraded"
    world.clock_shift.write_text("+0")
    wait_for(lambda: "problem" not in _readiness(api)["clock"])
    assert worker.stop() == 0
    assert world.check().effects == 2
