"""Token buckets: the same promise from Redis and from this process, and over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.embedded_redis import start_redis
from license_service.adapters.rate_limit import LocalRateLimiter, RedisRateLimiter
from license_service.api.app import create_app
from license_service.bootstrap import build
from license_service.services.caller import Scope
from license_service.services.ports import RateLimiter
from license_service.settings import Settings

_SLOW = 0.001
"""Tokens a second: none comes back while a test runs."""


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    child, url = start_redis(tmp_path_factory.mktemp("redis"))
    yield url
    child.kill()
    child.wait()


@pytest.fixture(params=["redis", "process"])
def limiter(request: pytest.FixtureRequest) -> RateLimiter:
    if request.param == "process":
        return LocalRateLimiter(_SLOW, 3)
    return RedisRateLimiter(request.getfixturevalue("redis_url"), _SLOW, 3)


def test_the_burst_is_allowed_and_no_more(limiter: RateLimiter) -> None:
    waits = [limiter.wait_seconds("burst") for _ in range(4)]
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= 1 / _SLOW


def test_tenants_do_not_share(limiter: RateLimiter) -> None:
    for _ in range(4):
        limiter.wait_seconds("greedy")
    assert limiter.wait_seconds("other") == 0


def test_tokens_come_back() -> None:
    limiter = LocalRateLimiter(1e6, 1)
    assert [limiter.wait_seconds("t") for _ in range(2)] == [0, 0]


def test_without_redis_the_process_counts_for_itself(tmp_path: Path) -> None:
    limiter = RedisRateLimiter(f"unix://{tmp_path / 'none.sock'}", _SLOW, 2)
    waits = [limiter.wait_seconds("t") for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0


def test_over_http_writing_is_limited_and_reading_is_not(settings: Settings) -> None:
    app = build(replace(settings, rate_per_second=_SLOW, rate_burst=1))
    client = create_app(app.services).test_client()
    headers = {"Authorization": f"Bearer {app.services.keys.create('county', 'test', tuple(Scope))}"}

    def post() -> Any:
        return client.post("/v1/verifications", data={"file": (io.BytesIO(b"x"), "f")}, headers=headers)

    assert post().status_code == 201
    refused = post()
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 1 / _SLOW
    assert client.get("/v1/matters", headers=headers).status_code == 200
