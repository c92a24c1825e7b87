"""Connect to Redis by URL: one server, over TLS or a socket, or the master that sentinels name.

`redis+sentinel://[user:password@]host:port,host:port/master[/database]` asks the sentinels; with
`rediss+sentinel://` they and the master speak TLS.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import redis
from redis.sentinel import Sentinel

from license_service.errors import ConfigurationError

_SENTINEL_PORT = 26379
_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}


def connect_redis(url: str, **options: Any) -> redis.Redis:  # noqa: ANN401 - options of redis-py
    """Return a client; nothing is asked yet.

    Raises:
        ConfigurationError: for a malformed URL; it is not repeated, since it may hold a password.
    """
    try:
        parts = urlsplit(url)
        return _by_sentinels(parts, options) if parts.scheme in _SCHEMES else _direct(url, options)
    except ValueError as error:
        raise ConfigurationError("the Redis URL is malformed") from error


def _direct(url: str, options: dict[str, Any]) -> redis.Redis:
    return redis.Redis.from_url(url, **options)


def _by_sentinels(parts: SplitResult, options: dict[str, Any]) -> redis.Redis:
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.rpartition(":")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("no master is named")
    login = {"username": unquote(user) or None, "password": unquote(password) or None}
    common = {**options, "ssl": _SCHEMES[parts.scheme]}
    sentinels = Sentinel([_address(host) for host in hosts.split(",")], sentinel_kwargs=common)  # type: ignore[no-untyped-call] # no annotations there
    master: redis.Redis = sentinels.master_for(service, **common, **login, db=int(database or 0))  # type: ignore[no-untyped-call] # likewise
    return master


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if ":" in text else (text, "", str(_SENTINEL_PORT))
    if not host:
        raise ValueError("a sentinel has no host")
    return host, int(port)
