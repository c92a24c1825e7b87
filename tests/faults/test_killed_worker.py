"""kill -9 at every point of a commitment check: it runs again, and has one recorded effect."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wait = Callable[[Callable[[], bool]], None]

_SIGKILLED = -signal.SIGKILL


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.mark.fault("F1")
@pytest.mark.parametrize(("point", "asked"), [("after_claim", 1), ("after_effect", 2), ("before_commit", 2)])
def test_a_check_killed_at_any_point_runs_again_with_one_effect(
    house: Any, samples_dir: Path, point: str, asked: int, wait_for: Wait
) -> None:
    case_id = house.open_case(samples_dir)
    assert house.worker(fault=point).wait(60) == _SIGKILLED
    assert house.kinds(case_id) == ["case.assessed", "license.used"]
    house.let_leases_end()
    survivor = house.worker()
    wait_for(lambda: "commitment.checked" in house.kinds(case_id))
    survivor.terminate()
    assert survivor.wait(60) == 0
    assert house.kinds(case_id) == ["case.assessed", "license.used", "commitment.checked"]
    assert house.register.asked == asked
    states = {o["material"]: o["state"] for o in house.case(case_id)["obligations"]}
    assert states == {"premises-safety-statement": "kept", "health-certificate": "open"}


@pytest.mark.fault("F1")
def test_a_worker_killed_from_outside_leaves_nothing_undone(
    house: Any, samples_dir: Path, wait_for: Wait
) -> None:
    first = house.worker()
    case_id = house.open_case(samples_dir)
    first.kill()
    assert first.wait(60) == _SIGKILLED
    house.let_leases_end()
    second = house.worker()
    wait_for(lambda: house.kinds(case_id).count("commitment.checked") == 1)
    second.terminate()
    assert second.wait(60) == 0
    assert house.kinds(case_id).count("commitment.checked") == 1


@pytest.mark.fault("F1")
def test_the_log_takes_each_event_once_over_restarts(house: Any, samples_dir: Path, wait_for: Wait) -> None:
    house.open_case(samples_dir)
    killed = house.worker()
    wait_for(lambda: house.app().services.health.readiness()["log"]["size"] > 0)
    killed.kill()
    killed.wait(60)
    app = house.app()
    app.log.integrate()
    ready = app.services.health.readiness()["log"]
    assert ready["waiting"] == 0
    lines = list(app.services.proofs.export())
    assert len(lines) == ready["size"] + 2
