"""Ring workers through RQ: a job is one id, as JSON; losing it costs one sweep interval."""

from __future__ import annotations

import time

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from license_service.adapters.redis_client import connect_redis
from license_service.errors import ConfigurationError

QUEUE = "follow-ups"
JOB = "workers.jobs.run_follow_up"
_TIMEOUT_SECONDS = 0.2
_REST_SECONDS = 2.0
JOB_SECONDS = 25
"""Shorter than the lease of a follow-up, so that no job runs on beside the one that took over."""


class RqDoorbell:
    """Enqueue ids; after a failure, leave Redis alone for a moment so that callers do not wait for it.

    Raises:
        ConfigurationError: for a malformed URL; it is not repeated, since it may hold a password.
    """

    def __init__(self, url: str) -> None:
        self._redis = connect_redis(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._rest_until = 0.0
        self.failures = 0

    def ring(self, follow_up_id: str) -> None:
        """Enqueue an id; raises nothing."""
        if time.monotonic() < self._rest_until:
            self.failures += 1
            return
        try:
            self._queue.enqueue(JOB, follow_up_id, result_ttl=0, failure_ttl=3600, job_timeout=JOB_SECONDS)
        except redis.RedisError:
            self.failures += 1
            self._rest_until = time.monotonic() + _REST_SECONDS

    def status(self) -> str:
        """Return `ok` or `down`."""
        try:
            self._redis.ping()
        except redis.RedisError:
            return "down"
        return "ok"

    def require_noeviction(self) -> None:
        """Refuse a Redis that would drop jobs when full; one that does not answer is left to the sweep.

        Raises:
            ConfigurationError: if it evicts.
        """
        try:
            policy = self._redis.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
        except redis.RedisError:
            return
        if policy != "noeviction":
            raise ConfigurationError(f"Redis has maxmemory-policy {policy}; set noeviction")


class SilentDoorbell:
    """Ring nobody: where no Redis is configured, follow-ups run by sweep."""

    def ring(self, follow_up_id: str) -> None:
        """Do nothing."""

    def status(self) -> str:
        """Return `none`."""
        return "none"
