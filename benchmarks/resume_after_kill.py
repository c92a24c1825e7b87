"""How long until work that was begun goes on after kill -9 of whoever did it: our follow-ups beside plain RQ.

`python -m benchmarks.resume_after_kill [--limit SECONDS]`. Both sides have work under way in processes that
are killed with all their children at one moment, when another worker with the same settings is started.
Ours: checks of commitments that a slow data source holds up. RQ: jobs with `retry=3` in workers of default
settings, each with its horse. What has not begun again within the limit (150 s) is said not to have.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import redis
from rq import Queue, Retry

from license_service.adapters.embedded_redis import start_redis
from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.neighbors import Answer, Neighbor
from license_service.demo.pki import create_pki, save_pki
from tests.faults.nemesis import world_settings
from tests.faults.world import World

_CASES, _ROUNDS, _PEERS = 6, 2, 10
_BEGUN = "benchmark:begun"
_POLLED_SECONDS = 0.1


class SlowRegister:
    """A data source that holds up whoever asks while it is slow, and notes when each case was asked for."""

    def __init__(self) -> None:
        self.slow = True
        self.asked: dict[str, list[float]] = {}
        self._lock = Lock()

    def respond(self, _path: str, headers: dict[str, str], _body: bytes) -> Answer:
        """Say in the end that the promise is kept."""
        with self._lock:
            self.asked.setdefault(headers["idempotency-key"], []).append(time.monotonic())
        while self.slow:
            time.sleep(_POLLED_SECONDS)
        return 200, {"result": "kept"}


def ours(root: Path) -> list[float]:
    """Return how long each follow-up waited from the kill until it was asked for again."""
    register, waits = SlowRegister(), list[float]()
    now = SystemClock().now()
    pki = create_pki(now)
    save_pki(pki, root / "pki")
    issue_all(pki, root / "samples", now)
    with Neighbor(register.respond) as source:
        url = f"sqlite:///{root / 'service.db'}"
        world = World(root, world_settings(root, url, source.host), root / "samples")
        world.start_redis()
        api = world.start_api()
        for number in range(_ROUNDS):
            register.slow, before = True, set(register.asked)
            for case in range(_CASES):
                world.post(api, f"{number}-{case}")
            victim = world.start_worker()
            _await(lambda before=before: len(register.asked.keys() - before) == _CASES, 60)  # type: ignore[misc] # bound now
            victim.kill()
            killed = time.monotonic()
            register.slow = False
            survivor = world.start_worker()
            new = register.asked.keys() - before
            _await(lambda new=new: all(len(register.asked[key]) > 1 for key in new), 120)  # type: ignore[misc] # bound now
            waits += [register.asked[key][1] - killed for key in new]
            _await(world.is_quiet, 60)
            survivor.stop()
        world.close()
    return waits


def job(number: int) -> None:
    """Note that it began, and take its time: the peer's job."""
    connection = redis.Redis.from_url(os.environ["BENCHMARK_REDIS"])
    connection.rpush(f"{_BEGUN}:{number}", time.time())
    time.sleep(3600 if connection.llen(f"{_BEGUN}:{number}") == 1 else 0)  # until it is killed


class Peers:
    """Plain RQ: workers whose jobs are under way, killed at once, and one that lives."""

    def __init__(self, redis_url: str) -> None:
        self._connection = redis.Redis.from_url(redis_url)
        self._environment = {**os.environ, "BENCHMARK_REDIS": redis_url}
        self._command = [sys.executable, "-m", "rq.cli", "worker", "-q", "--url", redis_url, "plain"]
        queue = Queue("plain", connection=self._connection)
        for number in range(_PEERS):
            queue.enqueue("benchmarks.resume_after_kill.job", number, retry=Retry(max=3), job_timeout=7200)
        victims = [self._start() for _ in range(_PEERS)]
        _await(lambda: all(self._begun(number) for number in range(_PEERS)), 120)
        for victim in victims:
            _kill_with_children(victim)
        self._killed = time.time()
        self._survivor = self._start()

    def waits(self, limit: float) -> list[float]:
        """Return how long each job waited that began again within the limit."""
        while time.time() < self._killed + limit and len(self._again()) < _PEERS:
            time.sleep(_POLLED_SECONDS)
        self._survivor.kill()
        return self._again()

    def _again(self) -> list[float]:
        found = [self._begun(number) for number in range(_PEERS)]
        return [times[1] - self._killed for times in found if len(times) > 1]

    def _begun(self, number: int) -> list[float]:
        found = self._connection.lrange(f"{_BEGUN}:{number}", 0, -1)
        return [float(item) for item in found]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own


def _kill_with_children(process: subprocess.Popen[bytes]) -> None:
    # A horse leads a process group of its own.
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def _await(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("what should have begun has not")
        time.sleep(_POLLED_SECONDS)


def _show(name: str, waits: list[float], of: int, limit: float) -> None:
    never = f"   {of - len(waits)} not within {limit:.0f} s" if len(waits) < of else ""
    figures = f"median {statistics.median(waits):6.1f} s   worst {max(waits):6.1f} s" if waits else ""
    print(f"{name:12}{len(waits):3} of {of} went on   {figures}{never}")


def main() -> None:
    """Print both sides."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=float, default=150.0)
    limit: float = parser.parse_args().limit
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        server, redis_url = start_redis(root / "plain")
        try:
            peers = Peers(redis_url)
            followed = ours(root)
            plain = peers.waits(limit)
        finally:
            server.terminate()
            server.wait()
    _show("follow-ups", followed, _CASES * _ROUNDS, limit)
    _show("plain RQ", plain, _PEERS, limit)


if __name__ == "__main__":
    main()
