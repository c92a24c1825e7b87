"""Without Redis, cases are accepted, follow-ups run by sweep, and `/readyz` says degraded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Worker

from license_service.adapters.embedded_redis import start_redis


@pytest.mark.fault("F8")
def test_a_case_opened_while_redis_is_down_is_followed_up_by_sweep(
    house: Any, samples_dir: Path, tmp_path: Path
) -> None:
    server, url = start_redis(tmp_path / "redis")
    with_redis = house.with_redis(url)
    app = with_redis.app()
    assert app.services.health.readiness()["redis"] == "ok"
    server.kill()
    server.wait(10)
    assert app.services.health.readiness()["status"] == "degraded"
    case_id = with_redis.open_case(samples_dir)
    app.follow_ups.run_due()
    assert house.kinds(case_id) == ["case.assessed", "license.used", "commitment.checked"]


@pytest.mark.fault("F8")
def test_while_redis_is_down_no_rq_worker_is_started_over_and_over(
    house: Any, samples_dir: Path, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    server, url = start_redis(tmp_path / "redis")
    server.kill()
    server.wait(10)
    without = house.with_redis(url)
    case_id = without.open_case(samples_dir)
    worker = without.worker()
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    try:
        wait_for(lambda: "commitment.checked" in house.kinds(case_id))
        assert children.read_text() == ""
        server, url = start_redis(tmp_path / "redis")
        wait_for(lambda: children.read_text() != "")
    finally:
        worker.terminate()
        worker.wait(30)
        server.terminate()
        server.wait(10)


def test_a_doorbell_brings_an_rq_worker_long_before_the_next_sweep(
    house: Any, samples_dir: Path, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    server, url = start_redis(tmp_path / "redis")
    rare = house.with_redis(url).with_sweep(3600)
    worker = rare.worker()
    try:
        wait_for(lambda: Worker.count(connection=redis.Redis.from_url(url)) == 1)
        case_id = rare.open_case(samples_dir)
        wait_for(lambda: "commitment.checked" in house.kinds(case_id))
    finally:
        worker.terminate()
        worker.wait(30)
        server.terminate()
        server.wait(10)
    assert house.register.asked == 1
