"""Redis by URL: the socket, TLS, and the master that a real sentinel names."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
import redis

from license_service.adapters.embedded_redis import find_server
from license_service.adapters.redis_client import connect_redis
from license_service.demo.stack import free_port
from license_service.errors import ConfigurationError


def test_the_master_that_a_sentinel_names_is_used(tmp_path: Path) -> None:
    master, sentinel = free_port(), free_port()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(f"port {sentinel}\nsentinel monitor main 127.0.0.1 {master} 1\ndir {tmp_path}\n")
    server = subprocess.Popen([find_server(), "--port", str(master), "--save", "", "--dir", tmp_path])
    watch = subprocess.Popen([find_server(), configuration, "--sentinel"])
    try:
        client = connect_redis(f"redis+sentinel://127.0.0.1:{sentinel}/main/1", socket_timeout=1.0)
        deadline = time.monotonic() + 20
        while not _answers(client):
            assert time.monotonic() < deadline
            time.sleep(0.05)  # polling servers that are starting; bounded by the deadline
        client.set("key", "value")
        assert redis.Redis(port=master, db=1).get("key") == b"value"
    finally:
        for child in (server, watch):
            child.kill()
            child.wait(10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_tls_is_asked_for_by_the_scheme() -> None:
    pool = connect_redis("rediss://127.0.0.1:6379/2").connection_pool
    assert issubclass(pool.connection_class, redis.SSLConnection)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1:26379",
        "redis+sentinel:///main",
        "redis+sentinel://h:port/main",
        "nonsense",
    ],
)
def test_a_url_that_names_no_redis_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        connect_redis(url)
