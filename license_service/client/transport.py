"""Send requests and repeat them until there is an answer, each creating one under one key.

1. A request that creates gets its `Idempotency-Key` before the first attempt, and keeps it over all.
2. What may pass by itself is tried again: no connection, 429, 502, 503, 504, and a first attempt that is
   still being done.
3. Waits have full jitter, so that clients that failed together do not come back together; `Retry-After` is
   honored where it is longer.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from license_service.client.errors import RefusedError, UnreachableError, refusal

_TRY_AGAIN = frozenset({429, 502, 503, 504})
_STILL_BEING_DONE = "idempotency_in_progress"
_REFUSED = 400


@dataclass(frozen=True)
class Retries:
    """Say how often to try, and how long to wait between: never more than `longest_seconds`."""

    attempts: int = 6
    base_seconds: float = 0.5
    longest_seconds: float = 30.0

    def wait_seconds(self, attempt: int) -> float:
        """Return the wait after an attempt, the first being 1."""
        ceiling = min(self.longest_seconds, self.base_seconds * 2 ** (attempt - 1))
        return random.uniform(0, ceiling)  # noqa: S311 - jitter, no secret


@dataclass(frozen=True)
class Reply:
    """Hold an answer."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def members(self) -> dict[str, Any]:
        """Return the body, which is a JSON object."""
        found: dict[str, Any] = self.json()
        return found

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the body."""
        return json.loads(self.data)


@dataclass(frozen=True)
class Call:
    """Hold one request: `path` is a template, filled from `names`."""

    method: str
    path: str
    names: Mapping[str, object]
    body: bytes | None = None
    headers: Mapping[str, str] | None = None

    @property
    def target(self) -> str:
        """Return the path with its names filled in; only a tile's path has parts of its own."""
        filled = {n: quote(str(v), safe="/" if n == "tail" else "") for n, v in self.names.items()}
        return self.path.format(**filled)


class Transport:
    """Reach one service with one API key; safe to share between threads."""

    def __init__(self, url: str, api_key: str, retries: Retries, timeout_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._retries = retries
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=timeout_seconds)

    def get(self, path: str, query: Mapping[str, object] | None = None, **names: object) -> Reply:
        """Read something.

        Raises:
            RefusedError: if the service refuses.
            UnreachableError: if nobody answers.
        """
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        suffix = f"?{urlencode(asked)}" if asked else ""
        return self._send(Call("GET", path + suffix, names))

    def post(
        self,
        path: str,
        body: object,
        *,
        key: str | None = None,
        version: int | None = None,
        content_type: str = "application/json",
        **names: object,
    ) -> Reply:
        """Create or change something, once: under `key`, or one made for this call.

        With `version`, only what has not changed since it was read in that version.

        Raises:
            RefusedError: if the service refuses.
            UnreachableError: if nobody answers.
        """
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": content_type, "Idempotency-Key": key or uuid.uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._send(Call("POST", path, names, data, headers))

    def _send(self, call: Call) -> Reply:
        attempt = 1
        while True:
            reply, error = self._attempt(call)
            if reply is not None and reply.status < _REFUSED:
                return reply
            refused = refusal(reply.status, reply.data) if reply is not None else None
            asked = _retry_after(reply.headers.get("Retry-After", "")) if reply is not None else 0.0
            wait = max(asked, self._retries.wait_seconds(attempt))
            last = attempt >= self._retries.attempts or wait > self._retries.longest_seconds
            if last or not _passes(refused):
                raise refused or UnreachableError(f"{call.method} {call.path}: {error}") from error
            time.sleep(wait)
            attempt += 1

    def _attempt(self, call: Call) -> tuple[Reply | None, Exception | None]:
        headers = {**self._headers, **(call.headers or {})}
        try:
            answer = self._pool.request(
                call.method, self._url + call.target, body=call.body, headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            return None, error
        return Reply(answer.status, answer.headers, answer.data), None


def _passes(refused: RefusedError | None) -> bool:
    """Tell whether a refusal, or silence, may pass by itself."""
    return refused is None or refused.status in _TRY_AGAIN or refused.code == _STILL_BEING_DONE


def _retry_after(text: str) -> float:
    """Return seconds (RFC 9110, 10.2.3); 0 for what cannot be read."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())
