"""Build what speaks with others: the doorbell, receivers, registers, and the clock."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from license_service.adapters.clock_file import FileClock
from license_service.adapters.doorbell_rq import RqDoorbell, SilentDoorbell
from license_service.adapters.outgoing_http import HttpWebhookSender
from license_service.adapters.rate_limit import LocalRateLimiter, NoRateLimit, RedisRateLimiter
from license_service.adapters.sql.database_time import database_time
from license_service.adapters.steady_clock import SteadyClock
from license_service.clock import Clock
from license_service.services.ports import Doorbell, RateLimiter
from license_service.settings import Settings, read_list


def clock_of(settings: Settings) -> Clock:
    """Return a clock that follows the database's, or one that a file moves."""
    if settings.clock_file:
        return FileClock(Path(settings.clock_file))
    return SteadyClock(database_time(settings.database_url))


def clock_facts(clock: Clock) -> dict[str, str]:
    """Return what `/readyz` says of the clock."""
    if not isinstance(clock, SteadyClock):
        return {"source": "moved by a file"}
    problem = clock.problem()
    return {"source": "database", **({"problem": problem} if problem else {})}


def webhook_sender(settings: Settings) -> HttpWebhookSender:
    """Return what sends webhooks, to listed receivers alone."""
    networks, own = read_list(settings.outgoing_networks), _own_services(settings)
    return HttpWebhookSender(read_list(settings.webhook_hosts), networks, off_limits=own)


def _own_services(settings: Settings) -> list[tuple[str, int]]:
    """Return where our own database and Redis listen: no webhook goes there."""
    found = []
    for url, usual in ((settings.database_url, 5432), (settings.redis_url, 6379)):
        for place in urlsplit(url).netloc.rpartition("@")[2].split(","):
            host, _, port = place.partition(":")
            if host:
                found.append((host, int(port or usual)))
    return found


def doorbell_of(settings: Settings) -> Doorbell:
    """Return the doorbell; without Redis it is silent.

    Raises:
        ConfigurationError: for a Redis that drops jobs when it is full.
    """
    if not settings.redis_url:
        return SilentDoorbell()
    doorbell = RqDoorbell(settings.redis_url)
    doorbell.require_noeviction()
    return doorbell


def limiter_of(settings: Settings) -> RateLimiter:
    """Return what counts requests: in Redis, or in this process where there is none."""
    if not settings.rate_per_second:
        return NoRateLimit()
    if not settings.redis_url:
        return LocalRateLimiter(settings.rate_per_second, settings.rate_burst)
    return RedisRateLimiter(settings.redis_url, settings.rate_per_second, settings.rate_burst)
