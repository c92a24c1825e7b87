"""Token buckets for each tenant: shared in Redis where it answers, else in this process.

Limits protect the service, not its secrets, so a lost Redis loosens them to one bucket a process.
"""

from __future__ import annotations

import time
from collections import OrderedDict

import redis

from license_service.adapters.redis_client import connect_redis

_TIMEOUT_SECONDS = 0.1
_REST_SECONDS = 2.0
_MOST_TENANTS = 10_000
"""Buckets kept in this process; the tenant not seen for longest loses its own, which is full again."""
_TAKE = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + (now - (tonumber(kept[2]) or now)) * rate)
if tokens >= 1 then
  redis.call('HSET', KEYS[1], 'tokens', tokens - 1, 'at', now)
  redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
  return '0'
end
return tostring((1 - tokens) / rate)
"""


class LocalRateLimiter:
    """Keep the buckets of this process."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, tenant: str) -> float:
        """Take a token; return 0, or the seconds until there is one."""
        now = time.monotonic()
        tokens, at = self._buckets.pop(tenant, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        taken = tokens >= 1
        self._buckets[tenant] = (tokens - 1 if taken else tokens, now)
        if len(self._buckets) > _MOST_TENANTS:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self._rate


class RedisRateLimiter:
    """Share the buckets of all processes; while Redis does not answer, use this process's own."""

    def __init__(self, url: str, rate: float, burst: int) -> None:
        connection = connect_redis(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        self._take = connection.register_script(_TAKE)
        self._arguments = [rate, burst]
        self._local = LocalRateLimiter(rate, burst)
        self._rest_until = 0.0

    def wait_seconds(self, tenant: str) -> float:
        """Take a token; return 0, or the seconds until there is one."""
        if time.monotonic() < self._rest_until:
            return self._local.wait_seconds(tenant)
        try:
            return float(self._take(keys=[f"rate:{tenant}"], args=self._arguments))
        except redis.RedisError:
            self._rest_until = time.monotonic() + _REST_SECONDS
            return self._local.wait_seconds(tenant)


class NoRateLimit:
    """Limit nobody, where the operator says so."""

    def wait_seconds(self, tenant: str) -> float:  # noqa: ARG002 - the port's interface
        """Return 0."""
        return 0.0
