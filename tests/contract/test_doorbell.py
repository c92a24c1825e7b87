"""The contract of the doorbell, on a real Redis: it rings, or is lost quickly and without a word."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from license_service.adapters.doorbell_rq import JOB, QUEUE, RqDoorbell, SilentDoorbell
from license_service.adapters.embedded_redis import start_redis
from license_service.errors import ConfigurationError

_QUICK_SECONDS = 1.0
Server = tuple[subprocess.Popen[bytes], str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    child, url = start_redis(tmp_path / "redis")
    yield child, url
    child.kill()
    child.wait(10)


def _ring(doorbell: RqDoorbell, times: int = 1) -> float:
    begin = time.monotonic()
    for number in range(times):
        doorbell.ring(f"{number:032x}")
    return time.monotonic() - begin


def _jobs(url: str) -> list[tuple[str | None, tuple[str, ...]]]:
    queue = Queue(QUEUE, connection=redis.Redis.from_url(url), serializer=JSONSerializer)
    return [(job.func_name, tuple(job.args)) for job in queue.jobs]


def test_ringing_leaves_a_job_that_is_one_id(server: Server) -> None:
    doorbell = RqDoorbell(server[1])
    _ring(doorbell, 2)
    assert _jobs(server[1]) == [(JOB, (f"{number:032x}",)) for number in range(2)]
    assert (doorbell.status(), doorbell.failures) == ("ok", 0)


def test_a_redis_that_was_killed_is_down_and_ringing_it_is_quick(server: Server) -> None:
    child, url = server
    doorbell = RqDoorbell(url)
    child.kill()
    child.wait(10)
    assert _ring(doorbell, 50) < _QUICK_SECONDS
    assert (doorbell.status(), doorbell.failures) == ("down", 50)


def test_a_redis_that_hangs_is_down_and_ringing_it_is_quick(server: Server) -> None:
    child, url = server
    doorbell = RqDoorbell(url)
    child.send_signal(signal.SIGSTOP)
    try:
        assert _ring(doorbell, 50) < _QUICK_SECONDS
        begin = time.monotonic()
        assert doorbell.status() == "down"
        assert time.monotonic() - begin < _QUICK_SECONDS
    finally:
        child.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://nowhere.invalid:6379/0"])
def test_a_redis_that_never_was_is_down_and_stops_nothing(url: str) -> None:
    doorbell = RqDoorbell(url)
    assert _ring(doorbell, 50) < _QUICK_SECONDS
    doorbell.require_noeviction()
    assert (doorbell.status(), doorbell.failures) == ("down", 50)


def test_a_redis_that_comes_back_is_rung_again(tmp_path: Path) -> None:
    child, url = start_redis(tmp_path / "redis")
    doorbell = RqDoorbell(url)
    child.kill()
    child.wait(10)
    _ring(doorbell)
    child, url = start_redis(tmp_path / "redis")
    deadline = time.monotonic() + 10
    while not _jobs(url):
        assert time.monotonic() < deadline
        _ring(doorbell)
        time.sleep(0.05)  # the doorbell rests after a failure; bounded by the deadline
    child.kill()
    child.wait(10)
    assert doorbell.status() == "down"


def test_a_redis_that_would_drop_jobs_is_refused(server: Server) -> None:
    doorbell = RqDoorbell(server[1])
    doorbell.require_noeviction()
    redis.Redis.from_url(server[1]).config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(ConfigurationError):
        doorbell.require_noeviction()


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1/", "redis://h:port/0"])
def test_a_url_of_no_redis_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        RqDoorbell(url)


def test_a_silent_doorbell_is_neither_up_nor_down() -> None:
    doorbell = SilentDoorbell()
    doorbell.ring("0" * 32)
    assert doorbell.status() == "none"
