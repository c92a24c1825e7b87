"""How long accepting takes with Redis up and with Redis down: p50 and p99 over HTTP, and their difference.

`python -m benchmarks.accept_without_redis`: SQLite. Four clients that each wait for their answer; rounds
with Redis up and down alternate in one run of the service, so that what else the machine does hits both.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import urllib3

from benchmarks.accept_rate import application, settings
from license_service.client import Client
from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.pki import create_pki, save_pki
from license_service.demo.stack import Stack
from tests.faults.servers import Redis

_CLIENTS, _SECONDS, _ROUNDS = 4, 8.0, 4
_MATTER = "food-business-license-new"


def load(url: str, headers: dict[str, str], body: bytes) -> list[float]:
    """Return the seconds of each accepted case."""
    pool = urllib3.PoolManager(maxsize=_CLIENTS, retries=False)
    deadline = time.monotonic() + _SECONDS

    def client(_number: int) -> list[float]:
        taken = []
        while time.monotonic() < deadline:
            begin = time.perf_counter()
            fresh = {**headers, "Idempotency-Key": uuid.uuid4().hex}
            answer = pool.request("POST", f"{url}/v1/cases", body=body, headers=fresh)
            taken.append(time.perf_counter() - begin)
            if answer.status != 201:
                raise RuntimeError(answer.data.decode())
        return taken

    with ThreadPoolExecutor(_CLIENTS) as clients:
        return [seconds for found in clients.map(client, range(_CLIENTS)) for seconds in found]


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """Return median and 99th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def main() -> None:
    """Print both, and by how much the 99th percentile is worse without Redis."""
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        pki = create_pki(now)
        save_pki(pki, root)
        issue_all(pki, root / "licenses", now)
        redis = Redis(root / "redis")
        stack.callback(redis.kill)
        # With a limit that nobody reaches, so that what counts requests in Redis is in the way too.
        chosen = settings(root, f"sqlite:///{root / 'service.db'}")
        chosen |= {"LICENSE_SERVICE_RATE_PER_SECOND": "100000", "LICENSE_SERVICE_RATE_BURST": "100000"}
        service = stack.enter_context(Stack(root / "run", chosen, redis.url))
        scopes = ("--scope", "verify", "--scope", "cases:write", "--scope", "cases:read")
        key = service.run("keys", "create", "--tenant", "t", "--name", "n", *scopes)
        asked = application(Client(service.url, key), root / "licenses" / "genuine")
        body = json.dumps({"matter_code": _MATTER, **asked}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        load(service.url, headers, body)  # every process has met everything once
        up: list[float] = []
        down: list[float] = []
        for _ in range(_ROUNDS):
            up += load(service.url, headers, body)
            redis.kill()
            down += load(service.url, headers, body)
            redis.restart(empty=False)
    for name, seconds in (("Redis up", up), ("Redis down", down)):
        middle, worst = percentiles(seconds)
        print(f"{name:12}{len(seconds):6} cases   p50 {middle:6.1f} ms   p99 {worst:6.1f} ms")
    print(f"p99 without Redis: {percentiles(down)[1] - percentiles(up)[1]:+.1f} ms")


if __name__ == "__main__":
    main()
